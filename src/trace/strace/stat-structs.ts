/** File status structures. */
import { STATFS_FLAGS, STATFS_MAGIC, STAT_MODE, STATX_ATTR } from '../../abi/flags/stat.js'
import { OLD_STAT, STAT64, STAT_ILP32, STAT_LP64 } from '../../abi/structs/stat.js'
import * as statfsLayouts from '../../abi/structs/statfs.js'
import { STATX } from '../../abi/structs/statx.js'
import { hexText, octalText, type TracedCall } from './call.js'
import { layoutOf, struct, structText, type Fields } from './fields.js'
import { all, flagsText, nameText, pick } from './flags.js'
import { statxMaskNames } from './names.js'

const fileTypes = /* @__PURE__ */ pick(STAT_MODE, 'S_IFSOCK', 'S_IFIFO', 'S_IFLNK', 'S_IFREG', 'S_IFBLK', 'S_IFDIR', 'S_IFCHR')

/** A mode with its type and special bits by name. */
export function modeText(value: number): string {
  const type = fileTypes.find(([, bits]) => bits === BigInt(value & STAT_MODE.S_IFMT))?.[0]
  const special = (['S_ISUID', 'S_ISGID', 'S_ISVTX'] as const).filter((name) => value & STAT_MODE[name])
  const plain = value & ~((type === undefined ? 0 : STAT_MODE.S_IFMT) | 0o7000)
  return [...(type === undefined ? [] : [type]), ...special, octalText(plain)].join('|')
}

/** A device number: `makedev(0x1, 0x3)`. */
export function deviceText(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n)
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n)
  return `makedev(${hexText(major)}, ${hexText(minor)})`
}

function sizeOrDevice(mode: number, size: bigint, device: () => string): string {
  const type = mode & STAT_MODE.S_IFMT
  const special = type === STAT_MODE.S_IFCHR || type === STAT_MODE.S_IFBLK
  return special ? `st_rdev=${device()}` : `st_size=${size}`
}

const showPlain = (f: Fields<'st_mode' | 'st_size' | 'st_rdev'>): string => {
  const mode = Number(f.get('st_mode'))
  return `{st_mode=${modeText(mode)}, ${sizeOrDevice(mode, f.get('st_size'), () => deviceText(f.unsigned('st_rdev')))}, ...}`
}
const statLayouts = { lp64: STAT_LP64, ilp32: STAT_ILP32 }
/** struct stat of stat(2), lstat(2), fstat(2), newfstatat(2). */
export const stat = /* @__PURE__ */ struct(statLayouts, showPlain)
/** struct stat64. */
export const stat64 = /* @__PURE__ */ struct(STAT64, showPlain)
/** The oldest structure. */
export const oldStat = /* @__PURE__ */ struct(OLD_STAT, showPlain)

/** struct statx. */
export const statx = /* @__PURE__ */ struct(STATX, (f) => {
  const mode = Number(f.get('stx_mode'))
  const mask = flagsText(f.get('stx_mask'), statxMaskNames, 'STATX_???')
  const attributes = flagsText(f.get('stx_attributes'), all(STATX_ATTR), 'STATX_ATTR_???')
  return `{stx_mask=${mask}, stx_attributes=${attributes}, stx_mode=${modeText(mode)}, stx_size=${f.get('stx_size')}, ...}`
})

type StatfsField = keyof typeof statfsLayouts.STATFS_LP64.fields
const magics = /* @__PURE__ */ all(STATFS_MAGIC)
const statfsFlags = /* @__PURE__ */ pick(STATFS_FLAGS, 'ST_VALID', 'ST_RDONLY', 'ST_NOSUID', 'ST_NODEV', 'ST_NOEXEC', 'ST_SYNCHRONOUS',
  'ST_MANDLOCK', 'ST_NOATIME',
  'ST_NODIRATIME', 'ST_RELATIME')
function showStatfs(f: Fields<StatfsField>): string {
  const text = (name: StatfsField): string => `${name}=${f.get(name)}`
  const fsid = `f_fsid={val=[${hexText(f.unsigned('f_fsid_val', 0))}, ${hexText(f.unsigned('f_fsid_val', 1))}]}`
  const numbers = (['f_bsize', 'f_blocks', 'f_bfree', 'f_bavail', 'f_files', 'f_ffree'] as const).map(text)
  const type = nameText(f.unsigned('f_type'), magics, '???_SUPER_MAGIC')
  const value = flagsText(f.unsigned('f_flags'), statfsFlags, 'ST_???')
  return `{f_type=${type}, ${[...numbers, fsid, text('f_namelen'), text('f_frsize')].join(', ')}, f_flags=${value}}`
}
/** struct statfs. */
export const statfs = /* @__PURE__ */ struct({ lp64: statfsLayouts.STATFS_LP64, ilp32: statfsLayouts.STATFS_ILP32 }, showStatfs)
/** struct statfs64 of i386; its size is an argument. */
export const statfs64 = (call: TracedCall, i: number): string =>
  structText(call, call.ulong(i), layoutOf({ lp64: statfsLayouts.STATFS64_LP64, ilp32: statfsLayouts.STATFS64_ILP32 }, call), showStatfs)
