import { EBUSY, EFAULT, EINVAL, EPERM } from '../../abi/errno.js'
import { RSEQ_FLAGS } from '../../abi/flags/prctl.js'
import { flags, u32 } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

/** Size that the first version had, and what the kernel needs now (offsetof struct rseq's end). */
const ORIGINAL_SIZE = 32
const FEATURE_SIZE = 28

/** Offsets in struct rseq (uapi/linux/rseq.h): cpu_id_start 0, cpu_id 4, rseq_cs 8, flags 16, node_id 20, mm_cid 24. */
function ids(cpu: number): Uint8Array {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setInt32(4, cpu, true)
  return out
}

/** rseq(2). One CPU: user code never migrates and is preempted only between instructions that the scheduler sees. Linux: kernel/rseq.c. */
export const rseq = /* @__PURE__ */ defineSyscall('rseq', {
  args: [['rseq', /* @__PURE__ */ pointer('struct rseq', 'inout')], ['rseq_len', u32], ['flags', /* @__PURE__ */ flags('rseq', RSEQ_FLAGS)], ['sig', u32]],
  note: 'critical sections are not restarted after preemption',
  run(task, address, length, how, signature) {
    const old = task.rseq
    if ((how & RSEQ_FLAGS.RSEQ_FLAG_UNREGISTER) !== 0) {
      if ((how & ~RSEQ_FLAGS.RSEQ_FLAG_UNREGISTER) !== 0) return -EINVAL
      if (old === null || old.address !== address) return -EINVAL
      if (old.length !== length) return -EINVAL
      if (old.signature !== signature) return -EPERM
      if (task.memory.copyTo(address, ids(-1)) < 8 || task.memory.clear(address + 20, 8) < 8) return -EFAULT
      task.rseq = null
      return 0
    }
    if (how !== 0) return -EINVAL
    if (old !== null) {
      if (old.address !== address || old.length !== length) return -EINVAL
      return old.signature === signature ? -EBUSY : -EPERM
    }
    const aligned = address % 32 === 0
    if (length < ORIGINAL_SIZE || !aligned || (length !== ORIGINAL_SIZE && length < FEATURE_SIZE)) return -EINVAL
    if (!task.memory.accessOk(address, length)) return -EFAULT
    if (task.memory.copyTo(address, ids(0)) < 8 || task.memory.clear(address + 20, 8) < 8) return -EFAULT
    task.rseq = { address, length, signature, flags: 0 }
    return 0
  },
})
