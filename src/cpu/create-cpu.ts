import { PT_REGS, THREAD } from '../arch/x86/context-layout.js'
import { TRAP, type Cpu, type CpuHost } from '../arch/cpu-port.js'
import { SyscallkitError } from '../base/errors.js'
import { BLOCK_LIMIT, CONTROL, FIELD, OP_SIZE, REASON } from './control.js'
import { cpuidTable, type CpuFeatures, type CpuidRow, type CpuVendor } from './cpuid.js'
import { HELPER } from './decode/helpers.js'
import { Engine, type DescriptorHook } from './engine.js'
import { readFxsave, writeFxsave } from './fxsave.js'
import { helperTable } from './helpers/table.js'
import { HELPED } from './helpers/result.js'

/** Options of {@link createCpu}. */
export interface CpuOptions {
  /** Whose processor it is: CPUID's vendor, and what SYSCALL in 32-bit code and SYSENTER in 64-bit code do. Default 'GenuineIntel'. */
  vendor?: CpuVendor
  /** 'x86_64' (default) or 'i386': a Pentium III with SSE2, for i386 kernels. */
  model?: 'x86_64' | 'i386'
  /** CPUID's answers instead of the model's own. */
  cpuid?: readonly CpuidRow[]
  /**
   * Reads a segment descriptor, for MOV to segment registers, far branches, LSL and their like. Default: the host's
   * `readDescriptor`, or without one Linux's flat user segments.
   */
  descriptor?: DescriptorHook
  /** Most bytes of decoded instructions, 32 per instruction. Default 32 MiB. */
  arenaBytes?: number
}

/** The reference CPU: the port, and what only this one offers. */
export interface ReferenceCpu extends Cpu {
  /** Bytes at rip of the last #UD, up to 15, for reports. */
  readonly lastUndefined: Uint8Array
  /** CPUID's table. */
  readonly cpuid: readonly CpuidRow[]
}

/** Linux's flat segments of ring 3: __USER32_CS, __USER_DS, __USER_CS of x86_64, or those of i386. */
function linuxDescriptor(longMode: boolean): DescriptorHook {
  return (selector, out) => {
    const index = selector & 0xfffc
    const code32 = longMode ? 0x20 : 0x70
    const data = longMode ? 0x28 : 0x78
    if (index === code32) out[1] = 0x00cffb00
    else if (index === data) out[1] = 0x00cff300
    else if (longMode && index === 0x30) out[1] = 0x00affb00
    else return false
    out[0] = 0x0000ffff
    return true
  }
}

/** Instructions between two returns from the executor at most: a function that never returns is never optimised. */
const SLICE = 1 << 18

/**
 * The reference CPU: decodes user code into ops once and executes them in WebAssembly. It runs x86_64 long mode,
 * compatibility mode and 32-bit protected mode user code with the baseline of x86-64 (x87, MMX, SSE, SSE2).
 *
 * Differences from hardware: ES, CS, SS and DS are flat (bases of FS and GS count); near branches with a 66 prefix in
 * 64-bit mode ignore it, as Intel's processors do.
 *
 * @throws SyscallkitError ERR_SYSCALLKIT_WASM (from attach) where WebAssembly may not be compiled
 * @example
 * const cpu = createCpu({ vendor: 'GenuineIntel' })
 */
export function createCpu(options: CpuOptions = {}): ReferenceCpu {
  const vendor = options.vendor ?? 'GenuineIntel'
  if (vendor !== 'GenuineIntel' && vendor !== 'AuthenticAMD')
    throw new SyscallkitError('ERR_SYSCALLKIT_OPTION', `cpu.vendor: expected 'GenuineIntel' or 'AuthenticAMD', got ${String(vendor)}`)
  const model = options.model ?? 'x86_64'
  if (model !== 'x86_64' && model !== 'i386')
    throw new SyscallkitError('ERR_SYSCALLKIT_OPTION', `cpu.model: expected 'x86_64' or 'i386', got ${String(model)}`)
  const arenaBytes = options.arenaBytes ?? 32 << 20
  if (!(arenaBytes > 0)) throw new SyscallkitError('ERR_SYSCALLKIT_OPTION', `cpu.arenaBytes: expected a positive number, got ${String(arenaBytes)}`)
  const longMode = model === 'x86_64'
  const amd = vendor === 'AuthenticAMD'
  const features: CpuFeatures = { cx16: longMode, rdtscp: longMode, syscall32: amd && longMode, sysenter64: !amd, longMode, vendor }
  const rows = options.cpuid ?? cpuidTable(features)
  const helpers = helperTable(HELPER)
  let engine: Engine | null = null
  /** A breakpoint was reported at this address: the next run goes over it. */
  let stoppedAt = NaN

  const attached = (): Engine => {
    if (engine === null) throw new SyscallkitError('ERR_SYSCALLKIT_STATE', 'cpu: not attached to a machine')
    return engine
  }

  /** Runs until the host stops it; returns instructions retired. */
  function run(regs: number, is64: boolean, budget: number): number {
    const c = attached()
    const { memory } = c
    c.regs = regs
    c.setMode(is64)
    c.clearResume()
    let left = budget
    while (true) {
      if (left <= 0) {
        c.trap.kind = TRAP.budget
        c.trap.vector = c.trap.errorCode = c.trap.address = c.trap.length = 0
        c.host.trap(c.trap)
        return budget - left
      }
      c.followAlignment()
      const tracing = (c.u32(PT_REGS.rflags) & 0x100) !== 0
      const over = c.breakpoints.size > 0 && c.address(PT_REGS.rip) === stoppedAt
      stoppedAt = NaN
      const single = tracing || over || left < BLOCK_LIMIT
      let start = 0
      if (single) {
        start = c.block(true, over)
        if (start === 0) {
          if (!c.host.trap(c.takeFault(c.address(PT_REGS.rip)))) return budget - left
          c.followMode()
          continue
        }
        start += OP_SIZE
      }
      const slice = tracing ? 1 : Math.min(left, SLICE)
      memory.i32[CONTROL.op >>> 2] = start
      c.running = true
      const reason = c.executor.run(regs, c.is64 ? 1 : 0, slice - BLOCK_LIMIT, start)
      c.running = false
      const rest = memory.i32[CONTROL.left >>> 2]! + BLOCK_LIMIT
      left -= slice - rest
      if (reason === REASON.resolve) {
        if (tracing) {
          if (!debugTrap(c)) return budget - left
          continue
        }
        if (single || rest < BLOCK_LIMIT) continue
        if (!c.resolve() && !c.host.trap(c.takeFault(c.address(PT_REGS.rip)))) return budget - left
        c.followMode()
        continue
      }
      const op = memory.u32[CONTROL.op >>> 2]!
      left -= memory.u8[op + FIELD.before]!
      const rip = c.ripOf(op)
      if (reason === REASON.fault) {
        if (!c.host.trap(c.takeFault(rip))) return budget - left
        c.followMode()
        continue
      }
      const next = c.wrap(rip + memory.u8[op + FIELD.length]!)
      const helped = helpers[c.imm(op)]!(c, op, next)
      if (helped === HELPED.fault) {
        if (!c.host.trap(c.takeFault(rip))) return budget - left
        c.followMode()
      } else if (helped === HELPED.trap) {
        c.putAddress(PT_REGS.rip, rip)
        if (c.trap.kind === TRAP.breakpoint) stoppedAt = rip
        else left--
        if (!c.host.trap(c.trap)) return budget - left
        c.followMode()
      } else {
        left--
        if (helped !== HELPED.jumped) c.putAddress(PT_REGS.rip, next)
        if (tracing && helped !== HELPED.shadowed && !debugTrap(c)) return budget - left
      }
    }
  }

  /** #DB after an instruction that ran with TF. */
  function debugTrap(c: Engine): boolean {
    c.fault(1, 0, 0)
    const go = c.host.trap(c.takeFault(c.address(PT_REGS.rip)))
    c.followMode()
    return go
  }

  return {
    name: 'reference',
    modes: longMode ? ['x86_64', 'i386'] : ['i386'],
    limits: [],
    attach: (host: CpuHost): void => {
      if (engine !== null) throw new SyscallkitError('ERR_SYSCALLKIT_STATE', 'cpu: attached twice; make one CPU per machine')
      const descriptor = options.descriptor ?? host.readDescriptor ?? linuxDescriptor(longMode)
      engine = new Engine(host, { features, cpuid: rows, descriptor, arenaBytes })
      host.memory.onCodeWritten = (frame) => attached().codeWritten(frame)
    },
    run,
    flush: () => attached().flush(),
    invalidate: (page, pages) => attached().invalidate(page, pages),
    codeWritten: (frame) => attached().codeWritten(frame),
    saveFpu: (regs, out) => {
      writeFxsave(attached().memory.u8, regs + THREAD.fpu, out)
    },
    loadFpu: (regs, image) => {
      readFxsave(attached().memory.u8, regs + THREAD.fpu, image)
    },
    setBreakpoints: (addresses) => {
      const c = attached()
      c.breakpoints = new Set(addresses)
      c.blocks.reset()
    },
    release: () => attached().blocks.dispose(),
    dispose: () => {
      if (engine !== null) engine.host.memory.onCodeWritten = null
      engine?.blocks.dispose()
      engine = null
    },
    get lastUndefined() {
      return engine?.lastUndefined ?? new Uint8Array(0)
    },
    cpuid: rows,
  }
}
