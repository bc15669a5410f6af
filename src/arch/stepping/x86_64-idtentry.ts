import type { ArchProfile } from '../x86/profile.js'
import { EFLAGS } from '../x86/flags.js'
import { slotAddress } from '../x86/words.js'
import { type KernelCpu, R } from './kernel-cpu.js'
import { type MicroStep, stepsOf } from './program.js'
import { dispatchLine, exitWorkLine, type Line, pushAndClear, pushImm, swapgsLine, syncRegs } from './x86_64-steps.js'

/** The idtentry macro: registers are saved on the entry stack, then the frame moves to the task's. */
export function idtentry(profile: ArchProfile, symbol: string, handler: string, hasCode: boolean): MicroStep[] {
  const lines: Line[] = [
    ['cld', (k) => k.set(R.RFLAGS, k.low(R.RFLAGS) & ~EFLAGS.DF, 0)],
    ...(hasCode ? [] : [pushImm(-1, '-1 for pt_regs->orig_ax: no system call to restart')]),
    ['call error_entry', (k) => callErrorEntry(k, profile, symbol)],
  ]
  const body: Line[] = [
    ['movq %rax, %rsp: the task’s stack', (k) => k.mov(R.RSP, R.RAX)],
    ['movq %rsp, %rdi: pt_regs is the first argument', (k) => k.mov(R.RDI, R.RSP)],
    ...(hasCode
      ? [
          ['movq ORIG_RAX(%rsp), %rsi: the error code is the second', (k) => k.load(R.RSI, k.frame(R.ORIG_RAX))] satisfies Line,
          ['movq $-1, ORIG_RAX(%rsp): no system call to restart', (k) => k.storeImm(k.frame(R.ORIG_RAX), -1)] satisfies Line,
        ]
      : []),
    [`call ${handler}`, () => (handler === 'do_int80_emulation' ? handler : 'exception_handler')],
  ]
  return [...stepsOf(symbol, lines), ...stepsOf(`${symbol}_body`, body)]
}

/** The return address that error_entry finds; steps return by symbol, so its value only has to name the caller. */
function callErrorEntry(k: KernelCpu, profile: ArchProfile, symbol: string): string {
  k.pushImm(profile.symbols.indexOf(symbol))
  return 'error_entry'
}

/** error_entry and sync_regs, shared by all exceptions. */
export function errorEntry(profile: ArchProfile): MicroStep[] {
  return [
    ...stepsOf('error_entry', [
      ...pushAndClear({ enosys: false, ret: true }),
      ['testb $3, CS+8(%rsp): from user code?', (k) => ((k.load32(k.frame(R.CS) + 8) & 3) !== 0 ? undefined : 'error_bad_iret')],
      swapgsLine,
      ['leaq 8(%rsp), %rdi; jmp sync_regs', (k) => { k.set(R.RDI, k.low(R.RSP), k.high(R.RSP)); return 'sync_regs' }],
    ]),
    ...stepsOf('error_bad_iret', [
      ['swapgs: IRET refused the frame after gs was the user’s again', swapgsLine[1]],
      ['fixup_bad_iret: the frame that IRET refused becomes the one of an exception in user code', (k) => { fixupBadIret(k); return 'sync_regs' }],
    ]),
    ...stepsOf('sync_regs', [
      ['the frame moves to the top of the task’s stack', (k) => { const to = syncRegs(k, k.address(R.RDI) + 8); k.set(R.RAX, to, Math.floor(to / 0x100000000)) }],
      ['ret', (k) => { const caller = profile.symbols[k.load32(k.address(R.RSP))]; k.addSp(8); return `${caller}_body` }],
    ]),
  ]
}

/** Builds, on the entry stack, the frame of an exception in user code from the registers saved on entry and the five words that IRET refused. */
function fixupBadIret(k: KernelCpu): void {
  const { u8 } = k.cpu.memory
  const bad = k.address(R.RSP) + 8
  const refused = k.cpu.offset(slotAddress(k.cpu.memory, k.cpu.offset(bad + R.RSP * 4)))
  const ret = k.load32(k.address(R.RSP))
  const top = k.cpu.address(k.cpu.base + 768 + 512) // the entry stack's
  const to = k.cpu.offset(top - 168)
  const words = u8.slice(refused, refused + 40), saved = u8.slice(k.cpu.offset(bad), k.cpu.offset(bad) + 128)
  u8.set(saved, to)
  u8.set(words, to + 128)
  k.set(R.RSP, (top - 176) >>> 0, Math.floor((top - 176) / 0x100000000))
  k.store32(top - 176, ret)
  k.store32(top - 172, 0)
  k.mov(R.RDI, R.RSP)
}

/** The C handlers of exceptions, and error_return. */
export function exceptionHandlers(): MicroStep[] {
  return [
    ...stepsOf('error_return', [
      ['testb $3, CS(%rsp): to user code', () => 'swapgs_restore_regs_and_return_to_usermode'],
    ]),
    ...stepsOf('exception_handler', [
      dispatchLine('the handler: brings the page in, or sends the signal'),
      exitWorkLine('irqentry_exit_to_user_mode: reschedule and signals until no work is left'),
      ['jmp error_return', () => 'error_return'],
    ]),
  ]
}
