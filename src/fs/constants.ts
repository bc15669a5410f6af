import { STAT_MODE } from '../abi/flags/stat.js'

/** What inodePermission is asked for. */
export const MAY = { exec: 1, write: 2, read: 4 } as const

/** Permission bits with set-id and sticky bits. */
export const S_IALLUGO = 0o7777
/** Longest name in a directory. */
export const NAME_MAX = 255
/** Longest path with its NUL. */
export const PATH_MAX = 4096
/** Most bytes one read or write moves: INT_MAX rounded down to a page. */
export const MAX_RW_COUNT = 0x7ffff000
/** Largest file size (2^63-1), as near as numbers come. */
export const MAX_LFS_FILESIZE = 0x7ffffffffffffc00

/** Type of an inode as getdents64 says it (DT_*). */
export function dirType(mode: number): number {
  return (mode & STAT_MODE.S_IFMT) >> 12
}

/** A device number from its parts. Linux: MKDEV. */
export function makeDev(major: number, minor: number): number {
  return major * 0x100000 + minor
}

/** The 32-bit form of a device number that user space sees. Linux: new_encode_dev. */
export function encodeDev(dev: number): number {
  const major = Math.floor(dev / 0x100000)
  const minor = dev & 0xfffff
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0
}

/** The reverse. Linux: new_decode_dev. */
export function decodeDev(dev: number): number {
  return makeDev((dev >>> 8) & 0xfff, (dev & 0xff) | ((dev >>> 12) & 0xfff00))
}
