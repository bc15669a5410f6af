import { EFAULT, EINVAL } from '../../abi/errno.js'
import { GRND } from '../../abi/flags/random.js'
import { flags, sizeT } from '../codecs.js'
import { bytes } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'


/** getrandom(2), from the machine's generator, which is ready from the start. Linux: drivers/char/random.c. */
export const getrandom = /* @__PURE__ */ defineSyscall('getrandom', {
  args: [['ubuf', /* @__PURE__ */ bytes('out', 'char *')], ['len', sizeT], ['flags', /* @__PURE__ */ flags('getrandom', GRND, 'unsigned int')]],
  level: 'full',
  run(task, buffer, length, how) {
    if ((how & ~7) !== 0) return -EINVAL
    if ((how & (GRND.GRND_INSECURE | GRND.GRND_RANDOM)) === (GRND.GRND_INSECURE | GRND.GRND_RANDOM)) return -EINVAL
    const total = Math.min(length, 0x7ffff000)
    if (!task.memory.accessOk(buffer, total)) return -EFAULT
    const chunk = new Uint8Array(Math.min(total, 4096))
    for (let done = 0; done < total; ) {
      const size = Math.min(chunk.length, total - done)
      task.kernel.random.fill(chunk.subarray(0, size))
      const copied = task.memory.copyTo(buffer + done, chunk, 0, size)
      done += copied
      if (copied < size) return done === 0 ? -EFAULT : done
      // a call of hundreds of pages lets signals end it
      if (task.signalPending()) return done
    }
    return total
  },
})
