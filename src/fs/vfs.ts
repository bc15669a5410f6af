import { MS_MOUNT } from '../abi/flags/mount.js'
import { KernelPanic } from '../base/errors.js'
import type { Kernel } from '../kernel/kernel.js'
import type { File, FileOps } from '../kernel/ports/files.js'
import type { Inode, Mount, MountNamespace, Path, SuperBlock } from '../kernel/ports/fs.js'
import type { Task } from '../kernel/task.js'
import { makeDev } from './constants.js'
import { initialKnobs, type FsKnobs } from './knobs.js'
import type { Pipe } from './pipe.js'
import type { Tty } from './tty.js'

/** Opens a character or block device. Linux: file_operations.open behind chrdev_open. */
export type DeviceOpen = (file: File, task: Task | null) => FileOps | number

/** What all file systems of one kernel share: mounts, open files by id, and drivers by device number. */
export class Vfs implements MountNamespace {
  readonly kernel: Kernel
  /** Every mount, in order of mounting; the first is the root. */
  readonly mounts: Mount[] = []
  /** Open files by id. */
  readonly files = new Map<number, File>()
  /** Character devices by number. */
  readonly charDevices = new Map<number, DeviceOpen>()
  /** Pipes of FIFOs that somebody has open. */
  readonly fifos = new Map<Inode, Pipe>()
  /** Terminals, by the number of their node in /dev/pts. */
  readonly terminals: Tty[] = []
  /** Limits that root may change. */
  readonly knobs: FsKnobs
  /** The mount of /dev, when there is one. */
  dev: Mount | null = null
  /** File systems without a place in the tree, such as pipefs, by name. */
  private readonly internal = new Map<string, Mount>()
  private lastMinor = 0
  private lastMountId = 20
  constructor(kernel: Kernel) {
    this.kernel = kernel
    this.knobs = initialKnobs(kernel)
  }

  /** A device number for a file system without a device. Linux: get_anon_bdev. */
  anonymousDev(): number {
    return makeDev(0, ++this.lastMinor)
  }

  /** Attaches a file system at a place, or as the root. */
  mount(sb: SuperBlock, source: string, at: Path | null, flags: number, root = sb.root): Mount {
    const mount: Mount = { id: ++this.lastMountId, sb, root, parent: at?.mount ?? null, mountpoint: at?.dentry ?? null, flags: flags | MS_MOUNT.MS_RELATIME, source, namespace: this, expiring: false }
    this.mounts.push(mount)
    return mount
  }

  /** The mount of a file system that is never attached; made at first use. Linux: kern_mount. */
  internalMount(name: string, make: () => SuperBlock): Mount {
    let mount = this.internal.get(name)
    if (mount === undefined) {
      const sb = make()
      mount = { id: ++this.lastMountId, sb, root: sb.root, parent: null, mountpoint: null, flags: 0, source: name, namespace: { mounts: [] }, expiring: false }
      this.internal.set(name, mount)
    }
    return mount
  }

  /** The root of the tree. */
  get root(): Path {
    const mount = this.mounts[0]
    if (mount === undefined) throw new KernelPanic('VFS: no root file system is mounted')
    return { mount, dentry: mount.root }
  }
}

const vfsByKernel = /* @__PURE__ */ new WeakMap<Kernel, Vfs>()

/** The file systems of a kernel. */
export function vfsOf(kernel: Kernel): Vfs {
  let vfs = vfsByKernel.get(kernel)
  if (vfs === undefined) {
    vfs = new Vfs(kernel)
    vfsByKernel.set(kernel, vfs)
  }
  return vfs
}
