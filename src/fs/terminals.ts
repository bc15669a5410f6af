import { ENODEV, ENXIO } from '../abi/errno.js'
import { OPEN_FLAGS } from '../abi/flags/open.js'
import { STAT_MODE } from '../abi/flags/stat.js'
import type { Kernel } from '../kernel/kernel.js'
import type { File } from '../kernel/ports/files.js'
import type { Path } from '../kernel/ports/fs.js'
import type { Task } from '../kernel/task.js'
import { makeDev } from './constants.js'
import { openAt, type OpenFile } from './file.js'
import { anonymousFile } from './anonymous.js'
import type { Tty } from './tty.js'
import { vfsOf, type Vfs } from './vfs.js'

/** Major number of /dev/pts. */
const PTS_MAJOR = 136

/** Registers /dev/tty, the terminal of the caller's session, and /dev/console, the first terminal. Linux: tty_open. */
export function registerTerminals(vfs: Vfs): void {
  vfs.charDevices.set(makeDev(5, 0), (_file: File, task: Task | null) => {
    const own = task === null ? undefined : vfs.terminals.find((tty) => tty.session !== 0 && tty.session === task.group.sid)
    return own ?? -ENXIO
  })
  vfs.charDevices.set(makeDev(5, 1), () => vfs.terminals[0] ?? -ENODEV)
}

/** Makes the device of /dev/pts/N lead to a terminal. */
export function registerTerminal(vfs: Vfs, tty: Tty, index: number): void {
  vfs.charDevices.set(makeDev(PTS_MAJOR, index), () => tty)
}

/** Puts a terminal at /dev/pts/N and opens it for reading and writing. */
export function openTerminal(kernel: Kernel, tty: Tty, flags: number): OpenFile {
  const vfs = vfsOf(kernel)
  if (!vfs.terminals.includes(tty)) vfs.terminals.push(tty)
  const index = vfs.terminals.indexOf(tty)
  registerTerminal(vfs, tty, index)
  const path = terminalPath(vfs, index)
  if (path === null) return anonymousFile(kernel, { type: 'devpts', magic: 0x1cd1 }, STAT_MODE.S_IFCHR | 0o620, flags, tty, { uid: 0, gid: 5 }, `/${index}`)
  const file = openAt(kernel, path, flags | OPEN_FLAGS.O_NOCTTY, null)
  if (typeof file === 'number') return anonymousFile(kernel, { type: 'devpts', magic: 0x1cd1 }, STAT_MODE.S_IFCHR | 0o620, flags, tty)
  return file
}

function terminalPath(vfs: Vfs, index: number): Path | null {
  const mount = vfs.dev
  const pts = mount?.root.children.get('pts')
  if (mount === null || pts === undefined) return null
  const name = String(index)
  const dentry = pts.children.get(name) ?? pts.inode.create(pts, name, { mode: STAT_MODE.S_IFCHR | 0o620, uid: 0, gid: 5, rdev: makeDev(PTS_MAJOR, index) })
  return typeof dentry === 'number' ? null : { mount, dentry }
}

