import { EFAULT, ENOSPC } from '../abi/errno.js'
import type { File, FileOps, IoBuffer } from '../kernel/ports/files.js'
import type { Task } from '../kernel/task.js'
import { makeDev } from './constants.js'
import type { Vfs } from './vfs.js'

function takeAll(_file: File, from: IoBuffer): number {
  return from.left
}

function putZeros(_file: File, to: IoBuffer): number {
  const wanted = to.left
  const moved = to.putZeros(wanted)
  return moved === 0 && wanted > 0 ? -EFAULT : moved
}

/** /dev/null and its kin have a position that stays 0. Linux: null_lseek. */
function nullSeek(file: File): number {
  file.position = 0
  return 0
}

function putRandom(_file: File, to: IoBuffer, _position: number, task: Task): number {
  const chunk = new Uint8Array(256)
  const before = to.done
  while (to.left > 0) {
    const run = Math.min(to.left, chunk.length)
    task.kernel.random.fill(chunk)
    if (to.put(chunk, 0, run) < run) break
  }
  return to.done === before && to.faulted ? -EFAULT : to.done - before
}

const nullOps: FileOps = { seekable: true, noSpliceRead: true, read: () => 0, write: takeAll, llseek: nullSeek }
const zeroOps: FileOps = { seekable: true, read: putZeros, write: takeAll, llseek: nullSeek, backing: () => null }
const fullOps: FileOps = { seekable: true, noSpliceWrite: true, read: putZeros, write: () => -ENOSPC, llseek: nullSeek }
const randomOps: FileOps = { seekable: true, read: putRandom, write: takeAll, llseek: nullSeek }

/** The devices by name. */
export const memDevices = { nullOps, zeroOps, fullOps, randomOps } as const

/** Registers null, zero, full, random and urandom. Linux: drivers/char/mem.c. */
export function registerMemDevices(vfs: Vfs): void {
  vfs.charDevices.set(makeDev(1, 3), () => nullOps)
  vfs.charDevices.set(makeDev(1, 5), () => zeroOps)
  vfs.charDevices.set(makeDev(1, 7), () => fullOps)
  vfs.charDevices.set(makeDev(1, 8), () => randomOps)
  vfs.charDevices.set(makeDev(1, 9), () => randomOps)
}
