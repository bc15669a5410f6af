/** LDMXCSR, STMXCSR, FXSAVE, FXRSTOR and the masked stores. */

/** Writable bits of MXCSR (MXCSR_MASK). */
const MXCSR_MASK: u32 = 0xffff

/** 0F AE /0 to /3. `dst` is the memory operand. Returns -3 (#GP) for reserved bits of MXCSR, else 0. */
export function stateGroup(code: i32, dst: usize, regs: usize): i32 {
  const fpu = regs + 232
  switch (code >> 12 & 7) {
    case 0:
      fxsave(dst, fpu, (code & 0x8000) != 0)
      return 0
    case 1:
      if (load<u32>(dst, 24) & ~MXCSR_MASK) return -3
      fxrstor(dst, fpu, (code & 0x8000) != 0)
      return 0
    case 2: {
      const value = load<u32>(dst)
      if (value & ~MXCSR_MASK) return -3
      store<u32>(fpu, value, 24)
      return 0
    }
    case 3:
      store<u32>(dst, load<u32>(fpu, 24))
      return 0
    default: // clflush and the fences
      return 0
  }
}

/** Writes the processor's FXSAVE image: ST registers in stack order, XMM8-15 in 64-bit mode only, the last 96 bytes untouched. */
function fxsave(out: usize, fpu: usize, is64: bool): void {
  memory.copy(out, fpu, 24)
  store<u64>(out, 0, 8) // FIP and FDP are not kept
  store<u64>(out, 0, 16)
  store<u16>(out, 0, 6)
  store<u32>(out, load<u32>(fpu, 24), 24)
  store<u32>(out, MXCSR_MASK, 28)
  const top = load<u16>(fpu, 2) >> 11 & 7
  for (let i: u32 = 0; i < 8; i++) {
    const from = fpu + 32 + ((top + i & 7) << 4)
    const to = out + 32 + (i << 4)
    store<u64>(to, load<u64>(from))
    store<u64>(to, load<u16>(from, 8), 8)
  }
  memory.copy(out + 160, fpu + 160, is64 ? 256 : 128)
}

/** Loads an FXSAVE image. */
function fxrstor(image: usize, fpu: usize, is64: bool): void {
  const fcw = load<u16>(image) | 0x40 // bit 6 reads as 1
  let fsw = load<u16>(image, 2) & 0x7f7f
  if (fsw & ~fcw & 0x3f) fsw |= 0x8080
  store<u16>(fpu, fcw & 0x1f7f)
  store<u16>(fpu, fsw, 2)
  store<u8>(fpu, load<u8>(image, 4), 4)
  store<u32>(fpu, load<u32>(image, 24), 24)
  const top = <u32>(fsw >> 11 & 7)
  for (let i: u32 = 0; i < 8; i++) {
    const from = image + 32 + (i << 4)
    const to = fpu + 32 + ((top + i & 7) << 4)
    store<u64>(to, load<u64>(from))
    store<u64>(to, load<u16>(from, 8), 8)
  }
  memory.copy(fpu + 160, image + 160, is64 ? 256 : 128)
}

/** MASKMOVDQU and MASKMOVQ: bytes of `src` whose byte in `mask` has its top bit set are stored at `dst`. */
export function maskMove(mask: usize, dst: usize, src: usize, bytes: i32): void {
  for (let i = 0; i < bytes; i++) {
    if (load<u8>(mask + i) & 0x80) store<u8>(dst + i, load<u8>(src + i))
  }
}
