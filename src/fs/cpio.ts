import { STAT_MODE } from '../abi/flags/stat.js'
import { byteString } from '../base/bytes.js'
import { SyscallkitError } from '../base/errors.js'
import { makeDev } from './constants.js'
import type { RootEntry } from './root.js'

const HEADER = 110
/** Field names of a newc header, in order, 8 hex digits each from offset 6 (Documentation/driver-api/early-userspace/buffer-format.rst). */
const FIELDS = ['ino', 'mode', 'uid', 'gid', 'nlink', 'mtime', 'filesize', 'major', 'minor', 'rmajor', 'rminor', 'namesize', 'chksum'] as const

type Header = Record<(typeof FIELDS)[number], number>

function fail(offset: number, reason: string): SyscallkitError {
  return new SyscallkitError('ERR_SYSCALLKIT_CPIO', `cpio archive, offset ${offset}: ${reason}`, { hint: 'expected a newc archive, as `find . | cpio -o -H newc` writes it, not compressed' })
}

function hexField(bytes: Uint8Array, offset: number, field: string): number {
  let value = 0
  for (let i = offset; i < offset + 8; i++) {
    const c = bytes[i]!
    const digit = c >= 48 && c <= 57 ? c - 48 : c >= 65 && c <= 70 ? c - 55 : c >= 97 && c <= 102 ? c - 87 : -1
    if (digit < 0) throw fail(i, `field ${field}: byte 0x${c.toString(16)} is no hex digit`)
    value = value * 16 + digit
  }
  return value
}

function header(bytes: Uint8Array, offset: number): Header {
  if (offset + HEADER > bytes.length) throw fail(offset, `a header takes ${HEADER} bytes, ${bytes.length - offset} are left`)
  const magic = byteString(bytes, offset, offset + 6)
  if (magic !== '070701' && magic !== '070702') throw fail(offset, `magic is ${JSON.stringify(magic)}, not "070701" or "070702"`)
  const fields: Partial<Header> = {}
  FIELDS.forEach((field, i) => {
    fields[field] = hexField(bytes, offset + 6 + 8 * i, field)
  })
  return fields as Header
}

const align4 = (n: number): number => (n + 3) & ~3

/** Whether a name can be put below a root: what it is without leading `./` and `/`, or null. */
function cleanName(name: string): string | null {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  return parts.includes('..') || name.includes('\0') ? null : parts.join('/')
}

/**
 * Reads a cpio archive of the newc kind (one or more, one after the other, as an initramfs may be).
 *
 * @param bytes the archive, uncompressed
 * @returns entries for `createFs({ root })`
 * @throws SyscallkitError ERR_SYSCALLKIT_CPIO with the offset and the reason
 * @example
 * createFs({ root: parseCpio(bytes) })
 */
export function parseCpio(bytes: Uint8Array): RootEntry[] {
  const entries: RootEntry[] = []
  const links = new Map<string, string>()
  let offset = 0
  while (offset < bytes.length) {
    if (bytes[offset] === 0) {
      offset++
      continue
    }
    const head = header(bytes, offset)
    const nameAt = offset + HEADER
    if (head.namesize < 2 || head.namesize > 4096) throw fail(offset, `namesize is ${head.namesize}, not 2 to 4096`)
    if (nameAt + head.namesize > bytes.length) throw fail(nameAt, `a name of ${head.namesize} bytes goes past the end at ${bytes.length}`)
    if (bytes[nameAt + head.namesize - 1] !== 0) throw fail(nameAt, 'the name does not end in NUL')
    const name = byteString(bytes, nameAt, nameAt + head.namesize - 1)
    const dataAt = offset + align4(HEADER + head.namesize)
    if (dataAt + head.filesize > bytes.length) throw fail(dataAt, `${JSON.stringify(name)}: ${head.filesize} bytes of data go past the end at ${bytes.length}`)
    offset = dataAt + align4(head.filesize)
    if (name === 'TRAILER!!!') {
      links.clear()
      continue
    }
    const path = cleanName(name)
    if (path === null) throw fail(nameAt, `${JSON.stringify(name)} leaves the root or holds NUL`)
    entries.push(...toEntries(head, path, bytes.subarray(dataAt, dataAt + head.filesize), links, dataAt))
  }
  return entries
}

function toEntries(head: Header, path: string, data: Uint8Array, links: Map<string, string>, at: number): RootEntry[] {
  const base = { path, mode: head.mode & 0xffff, uid: head.uid, gid: head.gid, mtime: { seconds: head.mtime, nanoseconds: 0 } }
  switch (head.mode & STAT_MODE.S_IFMT) {
    case STAT_MODE.S_IFDIR: case STAT_MODE.S_IFIFO: case STAT_MODE.S_IFSOCK: return [base]
    case STAT_MODE.S_IFCHR: case STAT_MODE.S_IFBLK: return [{ ...base, rdev: makeDev(head.rmajor & 0xfff, head.rminor & 0xfffff) }]
    case STAT_MODE.S_IFLNK: return [{ ...base, target: byteString(data) }]
    case STAT_MODE.S_IFREG: {
      const key = `${head.major}:${head.minor}:${head.ino}`
      const first = head.nlink > 1 ? links.get(key) : undefined
      if (head.nlink > 1) links.set(key, first ?? path)
      if (first === undefined || first === path) return [{ ...base, data }]
      return data.length > 0 ? [{ ...base, link: first, data }] : [{ ...base, link: first }]
    }
    default: throw fail(at, `${JSON.stringify(path)}: mode 0${head.mode.toString(8)} is of no known type`)
  }
}
