import { uint } from '../codecs.js'
import { defineSyscall } from '../define.js'

/** personality(2): returns the old one; 0xffffffff only asks. Linux: kernel/exec_domain.c. */
export const personality = /* @__PURE__ */ defineSyscall('personality', {
  args: [['personality', uint]],
  note: 'the value is kept; of its bits only PER_LINUX32 has an effect',
  run(task, value) {
    const old = task.group.personality
    if (value !== 0xffffffff) task.group.personality = value
    return old | 0
  },
})
