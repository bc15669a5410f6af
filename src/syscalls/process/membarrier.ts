import { EINVAL, EPERM } from '../../abi/errno.js'
import { MEMBARRIER } from '../../abi/flags/prctl.js'
import type { Task } from '../../kernel/task.js'
import { enumeration, int, uint } from '../codecs.js'
import { defineSyscall } from '../define.js'

const command = /* @__PURE__ */ enumeration('membarrier', MEMBARRIER)
const KNOWN = /* @__PURE__ */ Object.values(MEMBARRIER).reduce<number>((all, bit) => all | bit, 0)
/** Says that cpu_id is meant; only the RSEQ command knows it. */
const FLAG_CPU = 1

/** Commands that register, by the command that they allow. */
const REGISTRATION: Readonly<Record<number, number>> = {
  [MEMBARRIER.MEMBARRIER_CMD_PRIVATE_EXPEDITED]: MEMBARRIER.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED,
  [MEMBARRIER.MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE]: MEMBARRIER.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE,
  [MEMBARRIER.MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ]: MEMBARRIER.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ,
}

function run({ mm }: Task, cmd: number, bits: number): number {
  if (bits !== 0 && (bits !== FLAG_CPU || cmd !== MEMBARRIER.MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ)) return -EINVAL
  switch (cmd) {
    case MEMBARRIER.MEMBARRIER_CMD_QUERY: return KNOWN
    case MEMBARRIER.MEMBARRIER_CMD_GLOBAL: case MEMBARRIER.MEMBARRIER_CMD_GLOBAL_EXPEDITED: return 0
    case MEMBARRIER.MEMBARRIER_CMD_GET_REGISTRATIONS: return mm.membarriers
    case MEMBARRIER.MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED: case MEMBARRIER.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
    case MEMBARRIER.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE: case MEMBARRIER.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ:
      mm.membarriers |= cmd
      return 0
    default: {
      const registration = REGISTRATION[cmd]
      if (registration === undefined) return -EINVAL
      return (mm.membarriers & registration) === 0 ? -EPERM : 0
    }
  }
}

/** membarrier(2): with one CPU every memory access is in order already. Linux: kernel/sched/membarrier.c. */
export const membarrier = /* @__PURE__ */ defineSyscall('membarrier', { args: [['cmd', command], ['flags', uint], ['cpu_id', int]], level: 'full', run })
