/**
 * The gate alone, with a handler of one's own: what the processor and the entry code of Linux do at SYSCALL, and at
 * the way back. No machine, no kernel, no CPU.
 */
import { PhysicalMemory } from 'syscallkit/memory'
import { CpuState, EXIT, PT_REGS, TRAP, bootCpu, syscallGate, x86_64 } from 'syscallkit/x86_64'

const memory = new PhysicalMemory({ limit: 1 << 20 })
const cpu = new CpuState(memory, syscallGate.profile)
bootCpu(cpu, syscallGate.boot) // syscall_init: STAR, LSTAR, SFMASK, EFER.SCE

// Four frames of kernel stack and one of thread area; pt_regs at the stack's top is the register file.
const regs = memory.allocateRun(5) * 4096 + x86_64.regsOffset
const get = (offset: number): bigint => memory.view.getBigUint64(regs + offset, true)
const set = (offset: number, value: bigint): void => memory.view.setBigUint64(regs + offset, value, true)

// User code at 0x401000 is about to execute SYSCALL for number 39 with argument 21.
set(PT_REGS.rip, 0x401000n)
set(PT_REGS.cs, 0x33n)
set(PT_REGS.ss, 0x2bn)
set(PT_REGS.rsp, 0x7ffffffde000n)
set(PT_REGS.rflags, 0x246n)
set(PT_REGS.rax, 39n)
set(PT_REGS.rdi, 21n)

const trap = { kind: TRAP.syscall, vector: 0, errorCode: 0, address: 0, length: 2, software: 'int' } as const
syscallGate.takeTrap(cpu, regs, trap, () => -1)
if (cpu.entry.nr === 39) set(PT_REGS.rax, 2n * get(PT_REGS.rdi)) // the handler
const left = syscallGate.exitToUser(cpu, regs)

console.log(`rax ${get(PT_REGS.rax)}, rip 0x${get(PT_REGS.rip).toString(16)}, r11 0x${get(PT_REGS.r11).toString(16)}, by ${left === EXIT.sysret64 ? 'SYSRET' : 'IRET'}`)
