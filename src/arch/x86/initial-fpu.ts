/** FPU state of a new program as an FXSAVE image: FNINIT's and MXCSR's defaults (Intel SDM volume 1, 8.1.5 and 10.2.3). */
export function initialFpu(): Uint8Array {
  const image = new Uint8Array(512)
  const view = new DataView(image.buffer)
  view.setUint16(0, 0x37f, true)
  view.setUint32(24, 0x1f80, true)
  view.setUint32(28, 0xffff, true)
  return image
}
