import { EFAULT, EINVAL, ENOMEM, ENOSYS } from '../../abi/errno.js'
import { encodeUserDesc, isEmptyUserDesc, reloadSegment, USER_DESC, USER_DESC_FLAGS, USER_DESC_SIZE } from '../../arch/x86/tls.js'
import { getSelector, SREG } from '../../arch/x86/segments.js'
import { ldt, LDT_ENTRIES, LDT_ENTRY_SIZE, type LocalDescriptors } from '../../kernel/ports/ldt.js'
import type { Task } from '../../kernel/task.js'
import { int, ulong } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

type LdtTask = Task & { readonly ldt: LocalDescriptors }

const descriptors = /* @__PURE__ */ pointer('void', 'inout')
/** Table bit of a selector: the LDT. */
const TI = 4
/** Bytes of the table that a process without one once had. */
const DEFAULT_SIZE = { x86_64: 128, i386: 40 } as const

/** Linux: read_ldt. */
function readTable(task: LdtTask, address: number, count: number): number {
  if (task.ldt.entries(task.mm) === 0) return 0
  const bytes = Math.min(count, LDT_ENTRIES * LDT_ENTRY_SIZE)
  const table = task.ldt.bytes(task.mm, bytes)
  if (task.memory.copyTo(address, table) < table.length) return -EFAULT
  return task.memory.clear(address + table.length, bytes - table.length) < bytes - table.length ? -EFAULT : bytes
}

/** Linux: read_default_ldt. */
function readDefault(task: LdtTask, address: number, count: number): number {
  const bytes = Math.min(count, DEFAULT_SIZE[task.kernel.cpuState.profile.kernel])
  return task.memory.clear(address, bytes) < bytes ? -EFAULT : bytes
}

/** Linux: write_ldt. Code and stacks of 16 bits are refused, as by a kernel without CONFIG_X86_16BIT. */
function writeEntry(task: LdtTask, address: number, count: number, old: boolean): number {
  const bytes = new Uint8Array(USER_DESC_SIZE)
  if (count !== USER_DESC_SIZE) return -EINVAL
  if (task.memory.copyFrom(address, bytes) < USER_DESC_SIZE) return -EFAULT
  const view = new DataView(bytes.buffer)
  const entry = view.getUint32(USER_DESC.entryNumber, true), flags = view.getUint32(USER_DESC.flags, true)
  if (entry >= LDT_ENTRIES) return -EINVAL
  if ((flags & USER_DESC_FLAGS.contents) === USER_DESC_FLAGS.contents && (old || (flags & USER_DESC_FLAGS.segNotPresent) === 0)) return -EINVAL
  const clears = isEmptyUserDesc(view) || (old && view.getUint32(USER_DESC.baseAddr, true) === 0 && view.getUint32(USER_DESC.limit, true) === 0)
  if (!clears && (flags & USER_DESC_FLAGS.seg32bit) === 0) return -EINVAL
  if (old) view.setUint32(USER_DESC.flags, flags & ~USER_DESC_FLAGS.useable, true)
  const { low, high } = clears ? { low: 0, high: 0 } : encodeUserDesc(view)
  if (!task.ldt.write(task.mm, entry, low, high)) return -ENOMEM
  const { cpuState } = task.kernel
  for (const sreg of [SREG.ds, SREG.es]) {
    const selector = getSelector(cpuState, task.regs, sreg)
    if ((selector & TI) !== 0) reloadSegment(cpuState, task.regs, sreg, selector)
  }
  return 0
}

function modify(task: LdtTask, func: number, address: number, count: number): number {
  switch (func) {
    case 0: return readTable(task, address, count)
    case 1: return writeEntry(task, address, count, true)
    case 2: return readDefault(task, address, count)
    case 0x11: return writeEntry(task, address, count, false)
    default: return -ENOSYS
  }
}

/** modify_ldt(2): descriptors of the process's own. Its result is an int, which 64-bit programs get without its sign. */
export const modifyLdt = /* @__PURE__ */ defineSyscall('modify_ldt', {
  args: [['func', int], ['ptr', descriptors], ['bytecount', ulong]],
  uses: [ldt],
  note: 'segments of 16 bits are EINVAL, as without CONFIG_X86_16BIT; segments other than FS and GS are flat when used',
  run(task, func, address, count) {
    const result = modify(task, func, address, count)
    return task.is64 ? (result < 0 ? result + 4294967296 : result) : result
  },
})
