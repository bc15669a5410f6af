import type { BootStep } from '../x86/boot.js'
import { CPU, TSS64 } from '../x86/cpu-layout.js'
import type { CpuState } from '../x86/cpu-state.js'
import { GATE } from '../x86/descriptors.js'
import { setGate, setGdt } from '../x86/gdt.js'
import { CREG, EFER } from '../x86/msr.js'
import { type ArchProfile, symbolAddress } from '../x86/profile.js'
import { loadSp0 } from '../x86/switch-to.js'

/** IST numbers of the exceptions that need a stack known to be good. */
export const IST: Readonly<Record<number, number>> = { 8: 1, 2: 2, 1: 3, 18: 4 }

/** Slots of the GDT that x86_64 kernels fill: slot, flags (bits 8 to 23 of the high word), flat. */
const GDT_SEGMENTS: readonly (readonly [slot: number, flags: number])[] = [
  [1, 0xc09b], // __KERNEL32_CS
  [2, 0xa09b], // __KERNEL_CS
  [3, 0xc093], // __KERNEL_DS
  [4, 0xc0fb], // __USER32_CS
  [5, 0xc0f3], // __USER_DS
  [6, 0xa0fb], // __USER_CS
]
const TSS_SLOT = 8
const CPUNODE_SLOT = 15

function loadGdt(cpu: CpuState): void {
  for (const [slot, flags] of GDT_SEGMENTS) setGdt(cpu, slot, 0, 0xfffff, flags)
  cpu.set(CREG.gdtrBase, cpu.address(cpu.base + CPU.gdt))
  cpu.set(CREG.gdtrLimit, 16 * 8 - 1)
}

function loadTss(cpu: CpuState): void {
  const base = cpu.address(cpu.base + CPU.tss)
  cpu.memory.view.setUint16(cpu.base + CPU.tss + TSS64.ioMapBase, TSS64.size, true) // beyond the limit: no port is allowed
  setGdt(cpu, TSS_SLOT, base >>> 0, TSS64.size - 1, 0x008b) // busy 64-bit TSS
  cpu.memory.view.setInt32(cpu.base + CPU.gdt + TSS_SLOT * 8 + 8, Math.floor(base / 0x100000000), true)
  cpu.set(CREG.trSelector, TSS_SLOT * 8)
  cpu.set(CREG.trBase, base)
  cpu.set(CREG.trLimit, TSS64.size - 1)
}

function setIst(cpu: CpuState): void {
  for (let i = 0; i < 4; i++) {
    const top = cpu.address(cpu.base + CPU.ist + (i + 1) * CPU.istSize)
    cpu.memory.view.setUint32(cpu.base + CPU.tss + TSS64.ist1 + i * 8, top >>> 0, true)
    cpu.memory.view.setInt32(cpu.base + CPU.tss + TSS64.ist1 + i * 8 + 4, Math.floor(top / 0x100000000), true)
  }
}

/** Exception handlers by vector, as the profile names them. */
export type ExceptionSymbols = Readonly<Record<number, string>>

/** `idt_setup_traps`: a gate for each exception and for vector 0x80. */
export function loadIdt(cpu: CpuState, handlers: ExceptionSymbols): void {
  const { userVectors, int80Gate } = cpu.profile.differences
  for (const [key, symbol] of Object.entries(handlers)) {
    const vector = Number(key)
    const type = vector === 0x80 && int80Gate === 'trap' ? GATE.trap : GATE.interrupt
    setGate(cpu, vector, symbolAddress(cpu.profile, symbol), type, userVectors.includes(vector) ? 3 : 0, IST[vector] ?? 0)
  }
  cpu.set(CREG.idtrBase, cpu.address(cpu.base + CPU.idt))
  cpu.set(CREG.idtrLimit, 256 * 16 - 1)
}

function setControlRegisters(cpu: CpuState): void {
  cpu.set(CREG.cr0, 0x80050033) // PG AM WP NE ET MP PE
  cpu.set(CREG.cr4, 0x6f0) // OSXMMEXCPT OSFXSR PGE MCE PAE PSE
  cpu.setHalves(CREG.efer, EFER.LME | EFER.LMA | EFER.NX | EFER.SCE, 0)
}

/** Names of the entry points that boot programs into the CPU. */
export interface EntrySymbols {
  readonly syscall64: string
  readonly sysenter: string
  readonly syscall32: string
  readonly exceptions: ExceptionSymbols
}

/** The functions of a kernel that do so; they change their names more often than their work. */
export interface BootFunctions {
  readonly gdt: string
  readonly ist: string
  readonly getcpu: string
  readonly idt: string
  /** MSRs of the 32-bit entries; CSTAR is the 64-bit side's `ignore_sysret` before. Null: they are syscall_init's own. */
  readonly compat: string | null
  /** CSTAR is not written on Intel, which has no use for it. */
  readonly cstarByVendor: boolean
}

/** Where SYSENTER's stack pointer goes: to the entry stack, or nowhere where entry code loads its own first. */
function sysenterMsrs(cpu: CpuState, symbol: string): void {
  const eip = symbolAddress(cpu.profile, symbol)
  cpu.set(CREG.sysenterCs, cpu.profile.selectors.kernelCs)
  cpu.set(CREG.sysenterEsp, cpu.profile.entryStack ? entryStackTop(cpu) : 0)
  cpu.set(CREG.sysenterEip, eip)
  if (!cpu.amd) return
  cpu.setHalves(CREG.sysenterEsp, cpu.low(CREG.sysenterEsp), 0) // 32-bit registers on AMD, which has no SYSENTER in long mode anyway
  cpu.setHalves(CREG.sysenterEip, cpu.low(CREG.sysenterEip), 0)
}

const entryStackTop = (cpu: CpuState): number => cpu.address(cpu.base + CPU.entryStack + CPU.entryStackSize)
const setStar = (cpu: CpuState): void => cpu.setHalves(CREG.star, 0, ((cpu.selectors.user32Cs << 16) | cpu.selectors.kernelCs) >>> 0)
const setLstar = (cpu: CpuState, symbol: string): void => cpu.set(CREG.lstar, symbolAddress(cpu.profile, symbol))
const setSfmask = (cpu: CpuState): void => cpu.setHalves(CREG.sfmask, cpu.profile.differences.sfmask, 0)
const setSce = (cpu: CpuState): void => cpu.setHalves(CREG.efer, cpu.low(CREG.efer) | EFER.SCE, 0)

/** Only what SYSCALL of 64-bit code needs, as one step. */
export function bootSyscall64(symbol: string): readonly BootStep[] {
  return [{
    symbol: 'syscall_init', what: 'STAR, LSTAR, SFMASK, EFER.SCE',
    run(cpu) {
      setStar(cpu)
      setLstar(cpu, symbol)
      setSfmask(cpu)
      setSce(cpu)
    },
  }]
}

function setCstar(cpu: CpuState, symbol: string, byVendor: boolean): void {
  if (cpu.amd || !byVendor) cpu.set(CREG.cstar, symbolAddress(cpu.profile, symbol))
}

/** The boot steps of an x86_64 kernel; every one leaves bytes that can be looked at. */
export function bootX86_64(profile: ArchProfile, symbols: EntrySymbols, functions: BootFunctions): readonly BootStep[] {
  const { compat, cstarByVendor } = functions
  const cstar: BootStep = {
    symbol: compat ?? 'syscall_init', what: 'MSR_CSTAR: where SYSCALL of 32-bit code goes; AMD only',
    run: (cpu) => setCstar(cpu, symbols.syscall32, cstarByVendor),
  }
  const sysenter: BootStep = {
    symbol: compat ?? 'syscall_init', what: 'MSR_IA32_SYSENTER_CS, _ESP, _EIP: where SYSENTER goes', run: (cpu) => sysenterMsrs(cpu, symbols.sysenter),
  }
  return [
    { symbol: 'secondary_startup_64', what: 'CR0, CR4, EFER: long mode, paging, FXSAVE, no-execute, SYSCALL on', run: setControlRegisters },
    { symbol: functions.gdt, what: 'GDT: flat segments, in the order that SYSCALL and SYSRET demand', run: loadGdt },
    { symbol: functions.ist, what: 'TSS: stacks of #DF, NMI, #DB and #MC', run: setIst },
    { symbol: 'load_TR_desc', what: 'TSS descriptor and TR; the I/O bitmap lies beyond the limit', run: loadTss },
    { symbol: functions.getcpu, what: 'GDT slot 15: its limit is CPU and node, for LSL in the vDSO', run: (cpu) => setGdt(cpu, CPUNODE_SLOT, 0, 0, 0x00f5) },
    { symbol: functions.idt, what: 'IDT: exceptions, and vector 0x80 open to ring 3', run: (cpu) => loadIdt(cpu, symbols.exceptions) },
    { symbol: 'syscall_init', what: 'MSR_STAR: selectors for SYSCALL and SYSRET', run: setStar },
    { symbol: 'syscall_init', what: 'MSR_LSTAR: where SYSCALL of 64-bit code goes', run: (cpu) => setLstar(cpu, symbols.syscall64) },
    ...(compat === null ? [cstar, sysenter] : [
      {
        symbol: 'syscall_init', what: 'MSR_CSTAR: ignore_sysret, for kernels without 32-bit programs',
        run: (cpu: CpuState) => setCstar(cpu, 'ignore_sysret', cstarByVendor),
      },
      sysenter, cstar,
    ]),
    { symbol: 'syscall_init', what: 'MSR_SYSCALL_MASK: the flags that SYSCALL clears', run: setSfmask },
    ...(profile.entryStack ? [{ symbol: 'load_sp0', what: 'TSS rsp0: the entry stack', run: (cpu: CpuState) => loadSp0(cpu, entryStackTop(cpu)) }] : []),
  ]
}
