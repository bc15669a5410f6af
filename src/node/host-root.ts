import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { byteString } from '../base/bytes.js'
import { SyscallkitError } from '../base/errors.js'
import { makeDev } from '../fs/constants.js'
import { parseCpio } from '../fs/cpio.js'
import type { RootEntry } from '../fs/root.js'

/** Device numbers as stat of the host has them: glibc's makedev. */
function hostDevice(dev: bigint): number {
  return makeDev(Number(((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n)), Number((dev & 0xffn) | ((dev >> 12n) & 0xffffff00n)))
}

/** Everything below a folder of the host, symbolic links as links; nothing outside is followed. */
function readFolder(folder: string): RootEntry[] {
  const entries: RootEntry[] = []
  const names = new Map<string, string>()
  const visit = (host: Buffer, path: string): void => {
    const stat = lstatSync(host, { bigint: true })
    const common = {
      path, mode: Number(stat.mode), uid: Number(stat.uid), gid: Number(stat.gid),
      mtime: { seconds: Number(stat.mtimeNs / 1_000_000_000n), nanoseconds: Number(stat.mtimeNs % 1_000_000_000n) },
    }
    if (stat.isDirectory()) {
      entries.push(common)
      for (const name of readdirSync(host, { encoding: 'buffer' }).sort(Buffer.compare)) visit(Buffer.concat([host, Buffer.from('/'), name]), (path === '' ? '' : `${path}/`) + byteString(name))
      return
    }
    const inode = `${stat.dev}:${stat.ino}`
    const first = names.get(inode)
    if (stat.nlink > 1n && first !== undefined) {
      entries.push({ ...common, link: first })
      return
    }
    names.set(inode, path)
    if (stat.isFile()) entries.push({ ...common, data: readFileSync(host) })
    else if (stat.isSymbolicLink()) entries.push({ ...common, target: byteString(readlinkSync(host, { encoding: 'buffer' })) })
    else if (stat.isCharacterDevice() || stat.isBlockDevice()) entries.push({ ...common, rdev: hostDevice(stat.rdev) })
    else if (stat.isFIFO()) entries.push(common)
  }
  visit(Buffer.from(folder), '')
  return entries
}

/**
 * The root of a guest from the host: a folder, or a cpio archive, gzipped or not. It is a copy; the host's files are
 * never changed.
 *
 * @throws SyscallkitError ERR_SYSCALLKIT_ROOT when it cannot be read
 */
export function readRoot(path: string): RootEntry[] {
  try {
    if (statSync(path).isDirectory()) return readFolder(path)
    const bytes = readFileSync(path)
    return parseCpio(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes)
  } catch (error) {
    if (error instanceof SyscallkitError) throw error
    throw new SyscallkitError('ERR_SYSCALLKIT_ROOT', `--root ${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error, hint: 'Expected a folder, or a cpio archive (newc), gzipped or not.' })
  }
}
