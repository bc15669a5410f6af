import { PT_REGS as P } from '../context-layout.js'
import type { CpuState } from '../cpu-state.js'
import { EFLAGS, IRET_FLAGS } from '../flags.js'
import { fetchDescriptor } from '../gdt.js'
import { iretFault, isLongCode } from '../iret-check.js'
import { VECTOR_GP } from '../vectors.js'
import { getSelector, setBase, setSelector, SREG } from '../segments.js'
import { slotAddress } from '../words.js'
import { cplOf, setCs, setRsp } from './stack.js'

/**
 * IRET from ring 0 (Intel SDM volume 2): IRETQ in long mode, IRETD on i386 kernels.
 *
 * @returns -1, or vector << 16 | error code of the fault; then nothing has changed
 */
export function iret(cpu: CpuState, file: number): number {
  if ((cpu.memory.u32[(file + P.rflags) >>> 2]! & EFLAGS.NT) !== 0) return VECTOR_GP << 16 // a task return, which neither mode has here
  return cpu.profile.kernel === 'x86_64' ? iretq(cpu, file) : iretd(cpu, file)
}

function iretq(cpu: CpuState, file: number): number {
  const { view, u32: w } = cpu.memory
  const f = file >>> 2
  const frame = cpu.offset(slotAddress(cpu.memory, file + P.rsp))
  const word = (i: number): number => view.getUint32(frame + i * 4, true)
  const cs = word(2) & 0xffff, ss = word(8) & 0xffff
  const outer = (cs & 3) > cplOf(cpu, file)
  if (outer) {
    const fault = iretFault(cpu, cs, ss, word(0), word(1) | 0)
    if (fault >= 0) return fault
  }
  w[f + 32] = word(0)
  w[f + 33] = isLongCode(cpu, cs) ? word(1) : 0
  w[f + 36] = (word(4) & IRET_FLAGS) | EFLAGS.fixed
  w[f + 37] = 0
  w[f + 38] = word(6)
  w[f + 39] = word(7)
  setCs(cpu, file, cs, ss)
  if (outer) dropInnerSegments(cpu, file)
  return -1
}

function iretd(cpu: CpuState, file: number): number {
  const { view, u32: w } = cpu.memory
  const f = file >>> 2
  const esp = w[f + 38]!
  const frame = cpu.offset(esp)
  const word = (i: number): number => view.getUint32(frame + i * 4, true)
  const cs = word(1) & 0xffff
  const outer = (cs & 3) > cplOf(cpu, file)
  const ss = outer ? word(4) & 0xffff : w[f + 40]!
  if (outer) {
    const fault = iretFault(cpu, cs, ss, word(0), 0)
    if (fault >= 0) return fault
  }
  setRsp(cpu, file, outer ? word(3) : esp + 12)
  w[f + 32] = word(0)
  w[f + 36] = (word(2) & IRET_FLAGS) | EFLAGS.fixed
  setCs(cpu, file, cs, ss)
  if (outer) dropInnerSegments(cpu, file)
  return -1
}

/** Data segments that the outer ring may not have become null. */
function dropInnerSegments(cpu: CpuState, file: number): void {
  const cpl = cplOf(cpu, file)
  for (const sreg of [SREG.es, SREG.ds, SREG.fs, SREG.gs]) {
    const selector = getSelector(cpu, file, sreg)
    if ((selector & 0xfffc) === 0) continue
    const d = fetchDescriptor(cpu, selector)
    if (d === null || !d.present || d.dpl >= cpl || (d.type & 12) === 12) continue
    setSelector(cpu, file, sreg, 0)
    if (sreg >= SREG.fs) setBase(cpu, file, sreg, 0)
  }
}
