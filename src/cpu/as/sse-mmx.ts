/** The x87 side of MMX: its registers are the significands of the physical registers. */

/** Whether an unmasked x87 exception is pending, which an MMX instruction reports first. `fpu` is the FPU image. */
export function mmxPending(fpu: usize): bool {
  return (load<u16>(fpu, 2) & 0x80) != 0
}

/** What every MMX instruction but EMMS does: TOP is 0 and all registers are valid. */
export function enterMmx(fpu: usize): void {
  store<u16>(fpu, load<u16>(fpu, 2) & 0xc7ff, 2)
  store<u8>(fpu, 0xff, 4)
}

/** EMMS: all registers are empty. */
export function leaveMmx(fpu: usize): void {
  store<u16>(fpu, load<u16>(fpu, 2) & 0xc7ff, 2)
  store<u8>(fpu, 0, 4)
}
