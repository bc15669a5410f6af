import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fsaveFromFxsave, fxsaveWithFsave } from '../../src/arch/i386/fsave.js'
import { FRAME32, restoreFrame32, restoreRtFrame32, RT_FRAME32, setupFrame32, setupRtFrame32, SIGCONTEXT32 } from '../../src/arch/i386/signal-frame.js'
import { current } from '../../src/arch/profiles/current.js'
import { PT_REGS as P, THREAD } from '../../src/arch/x86/context-layout.js'
import { SA, type SignalContext, type SignalDelivery } from '../../src/arch/x86/signal-context.js'
import { RT_FRAME64, restoreFrame64, setupFrame64 } from '../../src/arch/x86_64/signal-frame.js'
import { machineOf, USER_REGS } from './fixture.js'

/** A frame as native/frame.c printed it. */
interface NativeFrame {
  case: string
  flags: number
  maskLow: number
  maskHigh: number
  in: Record<string, string>
  frame: string
  bytes: string
  fpstate: string
  fxsave: string
  fsave?: string
  xstate: number
  altstack: string
  restorer: string
  eax?: string
  edx?: string
  ecx?: string
}
function framesOf(name: string): NativeFrame[] {
  const file: { cases: NativeFrame[] } = JSON.parse(readFileSync(new URL(`goldens/${name}`, import.meta.url), 'utf8'))
  return file.cases
}
const hex = (s: string): Uint8Array => Uint8Array.from(s.match(/../g)!, (b) => parseInt(b, 16))
const down = (n: number, to: number): number => Math.floor(n / to) * to
const GAP = 0xaa

/** User memory that is all there, filled with a pattern. */
class Pages {
  private readonly pages = new Map<number, Uint8Array>()
  refuse = (_address: number): boolean => false
  private byte(address: number): [Uint8Array, number] {
    const page = Math.floor(address / 4096)
    let bytes = this.pages.get(page)
    if (bytes === undefined) this.pages.set(page, (bytes = new Uint8Array(4096).fill(GAP)))
    return [bytes, address - page * 4096]
  }
  read = (address: number, out: Uint8Array): boolean => {
    if (this.refuse(address)) return false
    for (let i = 0; i < out.length; i++) {
      const [bytes, at] = this.byte(address + i)
      out[i] = bytes[at]!
    }
    return true
  }
  write = (address: number, data: Uint8Array): boolean => {
    if (this.refuse(address)) return false
    for (let i = 0; i < data.length; i++) {
      const [bytes, at] = this.byte(address + i)
      bytes[at] = data[i]!
    }
    return true
  }
  copy(address: number, n: number): Uint8Array {
    const out = new Uint8Array(n)
    this.read(address, out)
    return out
  }
}

function prepare(c: NativeFrame, cs: number, frameSp: bigint, selectors: readonly [es: number, ds: number, fs: number, gs: number]) {
  const m = machineOf(current)
  m.load(c.in)
  m.set(P.cs, BigInt(cs))
  m.set(P.ss, 0x2bn)
  m.set(P.rsp, frameSp)
  ;[THREAD.es, THREAD.ds, THREAD.fs, THREAD.gs].forEach((at, i) => { m.memory.u16[(m.regs + at) >>> 1] = selectors[i]! })
  m.trap('fault', { vector: 6 })
  const pages = new Pages()
  const loaded: Uint8Array[] = []
  let cleared = 0
  const context: SignalContext = {
    cpu: m.cpu, regs: m.regs, user: pages,
    fpu: { save: (image) => image.set(hex(c.fxsave)), load: (image) => void loaded.push(image.slice()), clear: () => void cleared++, mxcsrMask: 0xffff },
  }
  const delivery: SignalDelivery = {
    signal: 4, handler: 0x5000, flags: c.flags, restorer: Number(c.restorer), siginfo: new Uint8Array(128),
    maskLow: c.maskLow, maskHigh: c.maskHigh, trapNumber: 6, errorCode: 0, cr2: 0, vdsoSigreturn: 0xf7f00001, vdsoRtSigreturn: 0xf7f00002,
    altStack: c.case.includes('altstack') ? { sp: Number(c.altstack), flags: 0, size: 65536 } : { sp: 0, flags: 0, size: 0 },
  }
  return { m, pages, context, delivery, loaded, cleared: () => cleared }
}

describe('x86_64 rt frame, field by field as the real kernel wrote it', () => {
  it.each(framesOf('frame-x86_64.json').map((c) => [c.case, c] as const))('%s', (_name, c) => {
    const native = hex(c.bytes), v = new DataView(native.buffer)
    const sp = v.getBigUint64(RT_FRAME64.sp, true)
    const { m, pages, context, delivery, loaded, cleared } = prepare(c, 0x33, sp, [0, 0, 0, 0])
    const before = m.registers()
    delivery.siginfo.set(native.subarray(RT_FRAME64.info))
    expect(setupFrame64(context, delivery)).toBe(true)
    // the same placement, with XSAVE's size there and FXSAVE's here
    const start = c.case.includes('altstack') ? Number(c.altstack) + 65536 : Number(sp) - 128
    expect(Number(c.fpstate)).toBe(down(start - c.xstate - 4, 64))
    expect(Number(c.frame)).toBe(down(Number(c.fpstate) - 440, 16) - 8)
    const fpstate = down(start - 512, 64), frame = down(fpstate - 440, 16) - 8
    expect(Number(m.get(P.rsp))).toBe(frame)
    const expected = native.slice(), e = new DataView(expected.buffer)
    e.setUint32(RT_FRAME64.ucFlags, v.getUint32(RT_FRAME64.ucFlags, true) & ~1, true) // UC_FP_XSTATE
    e.setBigUint64(RT_FRAME64.fpstate, BigInt(fpstate), true)
    expected.fill(GAP, 240, 304) // reserved words and the padding of stack_t stay as they were
    expected.fill(GAP, 36, 40)
    if ((c.flags & SA.SIGINFO) === 0) expected.fill(GAP, RT_FRAME64.info)
    expect(pages.copy(frame, 440)).toEqual(expected)
    expect(pages.copy(fpstate, 416)).toEqual(hex(c.fxsave).subarray(0, 416))
    expect([P.rdi, P.rax, P.rip, P.cs, P.ss].map(m.get)).toEqual([4n, 0n, 0x5000n, 0x33n, 0x2bn])
    expect([P.rsi, P.rdx].map((slot) => Number(m.get(slot)) - frame)).toEqual([312, 8])
    expect(Number(m.get(P.rflags)) & 0x10500).toBe(0)
    expect(cleared()).toBe(1)

    m.set(P.rsp, m.get(P.rsp) + 8n) // the handler's ret took the return address
    m.set(P.rbx, 1n)
    const restored = restoreFrame64(context)
    expect(restored).toMatchObject({ maskLow: c.maskLow, maskHigh: c.maskHigh, altStack: { sp: delivery.altStack.sp, size: delivery.altStack.size } })
    expect(m.registers()).toEqual(before)
    expect(m.get(P.orig_rax)).toBe(2n ** 64n - 1n)
    expect(loaded[0]!.subarray(0, 416)).toEqual(hex(c.fxsave).subarray(0, 416))
  })

  const one = framesOf('frame-x86_64.json')[0]!
  it('sigreturn takes only AC RF OF DF TF SF ZF AF PF CF, forces ring 3, and refuses reserved MXCSR bits', () => {
    const { m, pages, context, delivery } = prepare(one, 0x33, 0x7ffc00001000n, [0, 0, 0, 0])
    setupFrame64(context, delivery)
    const frame = Number(m.get(P.rsp))
    const put = (at: number, value: bigint, bytes: 2 | 8): void => {
      const b = new Uint8Array(8)
      new DataView(b.buffer).setBigUint64(0, value, true)
      pages.write(frame + at, b.subarray(0, bytes))
    }
    put(RT_FRAME64.flags, 0xffffffffffffffffn, 8)
    put(RT_FRAME64.cs, 0x10n, 2)
    m.set(P.rsp, BigInt(frame + 8))
    m.set(P.rflags, 0x202n)
    expect(restoreFrame64(context)).not.toBeNull()
    expect(m.get(P.rflags)).toBe(0x202n | 0x50dd5n)
    expect(m.get(P.cs)).toBe(0x13n)
    const fpstate = Number(new DataView(pages.copy(frame, 440).buffer).getBigUint64(RT_FRAME64.fpstate, true))
    pages.write(fpstate + 24, Uint8Array.of(0, 0, 1, 0))
    m.set(P.rsp, BigInt(frame + 8))
    expect(restoreFrame64(context)).toBeNull()
  })
  it('fails without a restorer, on memory that cannot be written, and when the alternate stack overflows', () => {
    for (const change of ['restorer', 'memory', 'small', 'noncanonical'] as const) {
      const { m, pages, context, delivery } = prepare(one, 0x33, 0x7ffc00001000n, [0, 0, 0, 0])
      if (change === 'memory') pages.refuse = () => true
      if (change === 'noncanonical') m.set(P.rsp, 0x8000000000000000n)
      const altStack = change === 'small' ? { sp: 0x10000, flags: 0, size: 900 } : delivery.altStack
      const flags = change === 'restorer' ? SA.SIGINFO : change === 'small' ? delivery.flags | SA.ONSTACK : delivery.flags
      expect(setupFrame64(context, { ...delivery, flags, altStack })).toBe(false)
    }
  })
  it('a second signal on the alternate stack nests on it', () => {
    const altStack = { sp: 0x100000, flags: 0, size: 65536 }
    const { m, context, delivery } = prepare(one, 0x33, 0x108000n, [0, 0, 0, 0])
    expect(setupFrame64(context, { ...delivery, flags: delivery.flags | SA.ONSTACK, altStack })).toBe(true)
    expect(Number(m.get(P.rsp))).toBe(down(down(0x108000 - 128 - 512, 64) - 440, 16) - 8)
  })
})

describe('32-bit frames, field by field as the real kernel wrote them', () => {
  it.each(framesOf('frame-i386.json').map((c) => [c.case, c] as const))('%s', (_name, c) => {
    const rt = (c.flags & SA.SIGINFO) !== 0
    const native = hex(c.bytes), v = new DataView(native.buffer)
    const sc = rt ? RT_FRAME32.mcontext : FRAME32.sc, size = rt ? RT_FRAME32.size : FRAME32.size
    const sel = (at: number): number => v.getUint16(sc + at, true)
    const sp = v.getUint32(sc + SIGCONTEXT32.sp, true)
    const { m, pages, context, delivery, loaded } = prepare(c, 0x23, BigInt(sp), [sel(SIGCONTEXT32.es), sel(SIGCONTEXT32.ds), sel(SIGCONTEXT32.fs), sel(SIGCONTEXT32.gs)])
    m.memory.u32[(m.cpu.base + 12 * 8) >>> 2] = 0xffff // glibc's TLS segment, which gs names
    m.memory.u32[(m.cpu.base + 12 * 8 + 4) >>> 2] = 0x00cff300
    const before = m.registers()
    if (rt) delivery.siginfo.set(native.subarray(RT_FRAME32.info, RT_FRAME32.uc))
    expect((rt ? setupRtFrame32 : setupFrame32)(context, delivery)).toBe(true)
    const start = c.case.includes('altstack') ? Number(c.altstack) + 65536 : sp
    expect(Number(c.fpstate)).toBe(down(start - c.xstate - 4, 64) - 112)
    expect(Number(c.frame)).toBe(down(Number(c.fpstate) - size + 4, 16) - 4)
    const fpstate = down(start - 512, 64) - 112, frame = down(fpstate - size + 4, 16) - 4
    expect(Number(m.get(P.rsp))).toBe(frame)
    const expected = native.slice(), e = new DataView(expected.buffer)
    if ((c.flags & SA.RESTORER) === 0) e.setUint32(0, rt ? delivery.vdsoRtSigreturn : delivery.vdsoSigreturn, true)
    e.setUint32(sc + SIGCONTEXT32.fpstate, fpstate, true)
    if (rt) {
      e.setUint32(RT_FRAME32.pinfo, frame + RT_FRAME32.info, true)
      e.setUint32(RT_FRAME32.puc, frame + RT_FRAME32.uc, true)
      e.setUint32(RT_FRAME32.uc, v.getUint32(RT_FRAME32.uc, true) & ~1, true)
    } else expected.fill(GAP, FRAME32.fpstateUnused, FRAME32.extramask)
    expect(pages.copy(frame, size)).toEqual(expected)
    expect(pages.copy(fpstate, 112)).toEqual(hex(c.fsave!))
    expect(pages.copy(fpstate + 112, 416)).toEqual(hex(c.fxsave).subarray(0, 416))
    expect([P.rax, P.rip, P.cs, P.ss].map(m.get)).toEqual([BigInt(c.eax!), 0x5000n, 0x23n, 0x2bn])
    const pointer = (native: string): number => (rt ? frame + (Number(native) - Number(c.frame)) : 0)
    expect([P.rdx, P.rcx].map((slot) => Number(m.get(slot)))).toEqual([pointer(c.edx!), pointer(c.ecx!)])

    m.set(P.rsp, m.get(P.rsp) + (rt ? 4n : 8n)) // ret, and the stub's pop of the signal's number
    const restored = (rt ? restoreRtFrame32 : restoreFrame32)(context)
    expect(restored).toMatchObject({ maskLow: c.maskLow, maskHigh: c.maskHigh })
    const after = m.registers()
    for (const name of USER_REGS) if (!/^r\d/.test(name)) expect({ [name]: after[name]! & 0xffffffffn }).toEqual({ [name]: before[name]! & 0xffffffffn })
    expect(loaded[0]!.subarray(0, 6)).toEqual(hex(c.fxsave).subarray(0, 6))
    expect(loaded[0]!.subarray(32, 416)).toEqual(hex(c.fxsave).subarray(32, 416))
  })
})

describe('FSAVE image', () => {
  const c = framesOf('frame-i386.json')[0]!
  it('is made of FXSAVE’s as the kernel makes it, and its x87 part wins on the way back', () => {
    expect(fsaveFromFxsave(hex(c.fxsave), { cs: 0x23, ds: 0x2b })).toEqual(hex(c.fsave!))
    const changed = hex(c.fsave!)
    changed[28] = 0x55
    const image = fxsaveWithFsave(hex(c.fxsave), changed, true)
    expect(image[32]).toBe(0x55)
    expect(image.subarray(160, 416)).toEqual(hex(c.fxsave).subarray(160, 416))
  })
})
