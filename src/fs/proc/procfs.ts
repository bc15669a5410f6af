import { STAT_MODE } from '../../abi/flags/stat.js'
import type { Kernel } from '../../kernel/kernel.js'
import type { Dentry, StatFs } from '../../kernel/ports/fs.js'
import type { Task } from '../../kernel/task.js'
import { PAGE_SIZE } from '../../memory/layout.js'
import { newDentry } from '../dentry.js'
import { FileSystem, type InodeBase } from '../inode.js'
import { vfsOf } from '../vfs.js'
import { procPart } from './extra.js'
import { ProcDir, ProcLink } from './nodes.js'
import { pidDirectory, PID_INODES } from './pid.js'
import { systemFiles } from './system.js'

/** The proc file system. Linux: fs/proc. */
export class ProcFs extends FileSystem {
  readonly type = 'proc'
  readonly root: Dentry
  constructor(kernel: Kernel) {
    super(kernel, vfsOf(kernel).anonymousDev())
    this.root = newDentry(kernel, '/', new ProcRoot(this), null)
  }
  override statfs(): StatFs {
    return { type: 0x9fa0, blockSize: PAGE_SIZE, blocks: 0, free: 0, available: 0, files: 0, filesFree: 0, fsid: [this.dev, 0], nameLength: 255 }
  }
}

/** /proc itself: what concerns the system, then processes by id. */
class ProcRoot extends ProcDir {
  private readonly system: ReadonlyMap<string, InodeBase>
  constructor(sb: ProcFs) {
    super(sb, 1)
    const own = (task: Task): string => String(task.tgid)
    this.system = new Map<string, InodeBase>([
      ['self', new ProcLink(sb, 2, own)],
      ['thread-self', new ProcLink(sb, 3, (task) => `${task.tgid}/task/${task.pid}`)],
      ...systemFiles(sb, 16),
    ])
  }
  override names(): readonly (readonly [string, number])[] {
    const pids = [...this.sb.kernel.tasks.values()].filter((task) => task.pid === task.tgid).map((task) => task.pid).sort((a, b) => a - b)
    const net = procPart(this.sb, 'net')
    const added = net === null ? [] : [['net', net.mode] as const]
    return [...added, ...[...this.system].map(([name, inode]) => [name, inode.mode] as const), ...pids.map((pid) => [String(pid), STAT_MODE.S_IFDIR] as const)]
  }
  override find(name: string): InodeBase | null {
    const fixed = this.system.get(name) ?? (name === 'net' ? procPart(this.sb, 'net') : null)
    if (fixed !== null) return fixed
    if (!/^[1-9]\d*$/.test(name)) return null
    const task = this.sb.kernel.tasks.get(Number(name))
    return task === undefined ? null : pidDirectory(this.sb, task, task.pid * PID_INODES)
  }
}
