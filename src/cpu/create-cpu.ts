import { THREAD } from '../arch/x86/context-layout.js'
import type { Cpu, CpuHost } from '../arch/cpu-port.js'
import { SyscallkitError } from '../base/errors.js'
import { cpuidTable, type CpuFeatures, type CpuidRow, type CpuVendor } from './cpuid.js'
import { HELPER } from './decode/helpers.js'
import { Engine, type DescriptorHook } from './engine.js'
import { readFxsave, writeFxsave } from './fxsave.js'
import { helperTable } from './helpers/table.js'
import { createRunLoop } from './run-loop.js'

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
  let engine: Engine | null = null
  let runLoop: Cpu['run'] | null = null

  const unattached = (): never => {
    throw new SyscallkitError('ERR_SYSCALLKIT_STATE', 'cpu: not attached to a machine')
  }
  const attached = (): Engine => engine ?? unattached()

  return {
    name: 'reference',
    modes: longMode ? ['x86_64', 'i386'] : ['i386'],
    limits: [],
    attach: (host: CpuHost): void => {
      if (engine !== null) throw new SyscallkitError('ERR_SYSCALLKIT_STATE', 'cpu: attached twice; make one CPU per machine')
      const descriptor = options.descriptor ?? host.readDescriptor ?? linuxDescriptor(longMode)
      engine = new Engine(host, { features, cpuid: rows, descriptor, arenaBytes })
      runLoop = createRunLoop(engine, helperTable(HELPER))
      host.memory.onCodeWritten = (frame) => attached().codeWritten(frame)
    },
    run: (regs, is64, budget) => (runLoop ?? unattached())(regs, is64, budget),
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
      engine = runLoop = null
    },
    get lastUndefined() {
      return engine?.lastUndefined ?? new Uint8Array(0)
    },
    cpuid: rows,
  }
}
