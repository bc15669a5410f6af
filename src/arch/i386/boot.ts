import type { BootStep } from '../x86/boot.js'
import { CPU, TSS32 } from '../x86/cpu-layout.js'
import type { CpuState } from '../x86/cpu-state.js'
import { GATE } from '../x86/descriptors.js'
import { setGate, setGdt } from '../x86/gdt.js'
import { CREG } from '../x86/msr.js'
import { type ArchProfile, symbolAddress } from '../x86/profile.js'
import { loadSp0 } from '../x86/switch-to.js'

/** Flags of flat descriptors, bits 8 to 23 of the high word. */
const KERNEL_CODE = 0xc09b, KERNEL_DATA = 0xc093, USER_CODE = 0xc0fb, USER_DATA = 0xc0f3

function loadGdt(cpu: CpuState): void {
  const { kernelCs, kernelDs, user32Cs, userDs } = cpu.profile.selectors
  for (const [selector, flags] of [[kernelCs, KERNEL_CODE], [kernelDs, KERNEL_DATA], [user32Cs, USER_CODE], [userDs, USER_DATA]] as const)
    setGdt(cpu, selector >> 3, 0, 0xfffff, flags)
  if (cpu.profile.differences.frameSegments !== 'ds es') {
    const percpu = cpu.address(cpu.base + CPU.percpu)
    setGdt(cpu, 27, percpu, 0xfffff, 0xc093) // __KERNEL_PERCPU
    setGdt(cpu, 28, percpu, 0x18, 0x4093) // __KERNEL_STACK_CANARY
  }
  cpu.set(CREG.gdtrBase, cpu.address(cpu.base + CPU.gdt))
  cpu.set(CREG.gdtrLimit, 32 * 8 - 1)
}

function loadTss(cpu: CpuState): void {
  const base = cpu.address(cpu.base + CPU.tss)
  cpu.memory.view.setUint16(cpu.base + CPU.tss + TSS32.ss0, cpu.profile.selectors.kernelDs, true)
  cpu.memory.view.setUint16(cpu.base + CPU.tss + TSS32.ss1, cpu.profile.selectors.kernelCs, true) // Linux's copy of SYSENTER_CS
  cpu.memory.view.setUint16(cpu.base + CPU.tss + TSS32.ioMapBase, TSS32.size, true) // beyond the limit: no port is allowed
  setGdt(cpu, cpu.profile.selectors.tss >> 3, base, TSS32.size - 1, 0x008b)
  cpu.set(CREG.trSelector, cpu.profile.selectors.tss)
  cpu.set(CREG.trBase, base)
  cpu.set(CREG.trLimit, TSS32.size - 1)
}

function loadIdt(cpu: CpuState, handlers: Readonly<Record<number, string>>): void {
  const { userVectors, int80Gate, trapGates } = cpu.profile.differences
  for (const [key, symbol] of Object.entries(handlers)) {
    const vector = Number(key)
    const trap = vector === 0x80 ? int80Gate === 'trap' : trapGates.includes(vector)
    setGate(cpu, vector, symbolAddress(cpu.profile, symbol), trap ? GATE.trap : GATE.interrupt, userVectors.includes(vector) ? 3 : 0)
  }
  cpu.set(CREG.idtrBase, cpu.address(cpu.base + CPU.idt))
  cpu.set(CREG.idtrLimit, 256 * 8 - 1)
}

/** Names of the entry points that boot programs into the CPU; no SYSENTER before 2.5.53. */
export interface EntrySymbols32 {
  readonly sysenter: string | null
  readonly handlers: Readonly<Record<number, string>>
}

/** The boot steps of an i386 kernel. */
export function bootI386(profile: ArchProfile, symbols: EntrySymbols32): readonly BootStep[] {
  const { sysenter } = symbols
  return [
    {
      symbol: 'startup_32', what: 'CR0 and CR4: protected mode with paging, FXSAVE',
      run: (cpu) => { cpu.set(CREG.cr0, 0x80050033); cpu.set(CREG.cr4, 0x6d0) },
    },
    { symbol: 'cpu_init', what: 'GDT: flat kernel and user segments', run: loadGdt },
    { symbol: 'cpu_init', what: 'TSS descriptor and TR: ss0; the I/O bitmap lies beyond the limit', run: loadTss },
    { symbol: 'trap_init', what: 'IDT: exceptions, and vector 0x80 open to ring 3', run: (cpu) => loadIdt(cpu, symbols.handlers) },
    ...(sysenter === null ? [] : [{
      symbol: 'enable_sep_cpu', what: 'MSR_IA32_SYSENTER_CS, _ESP, _EIP: where SYSENTER goes and on what stack',
      run: (cpu: CpuState) => {
        cpu.set(CREG.sysenterCs, cpu.profile.selectors.kernelCs)
        cpu.set(CREG.sysenterEsp, cpu.address(cpu.base + CPU.entryStack + CPU.entryStackSize))
        cpu.set(CREG.sysenterEip, symbolAddress(cpu.profile, sysenter))
      },
    }]),
    ...(profile.entryStack ? [{
      symbol: 'load_sp0', what: 'TSS esp0: the entry stack',
      run: (cpu: CpuState) => loadSp0(cpu, cpu.address(cpu.base + CPU.entryStack + CPU.entryStackSize)),
    }] : []),
  ]
}
