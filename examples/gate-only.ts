/**
 * The gate alone, with a handler of one's own: what the processor and the entry code of Linux do at SYSCALL, and at
 * the way back. No machine, no kernel, no CPU.
 */
import { PhysicalMemory } from 'syscallkit/memory'
import { CpuState, EXIT, PT_REGS, REGISTER_FILE_FRAMES, TRAP, bootCpu, current, registerFileIn } from 'syscallkit/x86_64'

const memory = new PhysicalMemory({ limit: 1 << 20 })
const cpu = new CpuState(memory, current.profile)
bootCpu(cpu, current.boot) // syscall_init and its kin: STAR, LSTAR, SFMASK, GDT, IDT, TSS

const regs = registerFileIn(memory.allocateRun(REGISTER_FILE_FRAMES))
const get = (offset: number): bigint => memory.view.getBigUint64(regs + offset, true)
const set = (offset: number, value: bigint): void => memory.view.setBigUint64(regs + offset, value, true)

// User code at 0x401000 is about to execute SYSCALL for number 39 with argument 21.
for (const [offset, value] of [[PT_REGS.rip, 0x401000n], [PT_REGS.cs, 0x33n], [PT_REGS.ss, 0x2bn], [PT_REGS.rsp, 0x7ffffffde000n], [PT_REGS.rflags, 0x246n], [PT_REGS.rax, 39n], [PT_REGS.rdi, 21n]] as const) set(offset, value)

const noStack = (): number => -1
current.takeTrap(cpu, regs, { kind: TRAP.syscall, vector: 0, errorCode: 0, address: 0, length: 2, software: 'int' }, noStack)
if (cpu.entry.nr === 39) set(PT_REGS.rax, 2n * get(PT_REGS.rdi)) // the handler
const left = current.exitToUser(cpu, regs)

console.log(`rax ${get(PT_REGS.rax)}`)
console.log(`rip 0x${get(PT_REGS.rip).toString(16)}, rcx the same: ${get(PT_REGS.rip) === get(PT_REGS.rcx)}, r11 0x${get(PT_REGS.r11).toString(16)}`)
console.log(left === EXIT.sysret64 ? 'left by SYSRET' : 'left by IRET')
