import { PT_REGS, PT_REGS_SIZE, THREAD } from '../arch/x86/context-layout.js'
import type { Task } from '../kernel/task.js'
import type { ProgramKind } from './layout.js'

/** IF, and bit 1, which is always set. */
const EFLAGS = 0x202
/** personality(2): whatever may be read may be executed. */
const READ_IMPLIES_EXEC = 0x0400000

/**
 * Sets all user registers of a new program: zeros, but for what the kind of program says. Linux: ELF_PLAT_INIT and
 * start_thread (arch/x86/include/asm/elf.h, arch/x86/kernel/process_64.c).
 */
export function startThread(task: Task, kind: ProgramKind, entry: number, stackPointer: number, readImpliesExec: boolean): void {
  if (kind.is64) task.group.personality &= ~READ_IMPLIES_EXEC // set_personality_64bit
  else if (readImpliesExec) task.group.personality |= READ_IMPLIES_EXEC
  const { regs } = task
  const { memory } = task.kernel
  const { view } = memory
  memory.u8.fill(0, regs, regs + PT_REGS_SIZE)
  memory.u8.fill(0, regs + THREAD.fsBase, regs + THREAD.fpu)
  const set = (offset: number, value: number): void => {
    view.setUint32(regs + offset, value >>> 0, true)
    view.setUint32(regs + offset + 4, Math.floor(value / 4294967296), true)
  }
  set(PT_REGS.rip, entry)
  set(PT_REGS.rsp, stackPointer)
  // i386 kernels moved their selectors in 2.6
  const { kernel, selectors: { user32Cs, userDs } } = task.kernel.cpuState.profile
  const own = kernel === 'i386'
  set(PT_REGS.cs, own ? user32Cs : kind.cs)
  set(PT_REGS.ss, own ? userDs : kind.ss)
  set(PT_REGS.rflags, EFLAGS)
  view.setInt32(regs + PT_REGS.orig_rax, -1, true)
  view.setInt32(regs + PT_REGS.orig_rax + 4, -1, true)
  const ds = own ? userDs : kind.ds
  view.setUint16(regs + THREAD.ds, ds, true)
  view.setUint16(regs + THREAD.es, ds, true)
}
