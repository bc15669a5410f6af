import { EACCES, EROFS } from '../abi/errno.js'
import { CAP } from '../abi/flags/capability.js'
import { MS_MOUNT } from '../abi/flags/mount.js'
import { STAT_MODE } from '../abi/flags/stat.js'
import { capable, inGroup } from '../kernel/creds.js'
import type { Inode, Mount, Rights } from '../kernel/ports/fs.js'
import { MAY } from './constants.js'

/** Whether the rights allow what `mask` (MAY bits) asks of an inode: 0, -EACCES or -EROFS. Linux: inode_permission. */
export function inodePermission(rights: Rights, inode: Inode, mask: number): number {
  const type = inode.mode & STAT_MODE.S_IFMT
  if ((mask & MAY.write) !== 0 && inode.sb.readOnly && (type === STAT_MODE.S_IFREG || type === STAT_MODE.S_IFDIR || type === STAT_MODE.S_IFLNK)) return -EROFS
  return genericPermission(rights, inode, mask)
}

/** Permission bits and the capabilities that go over them. Linux: generic_permission. */
export function genericPermission(rights: Rights, inode: Inode, mask: number): number {
  const { mode } = inode
  const shift = rights.fsuid === inode.uid ? 6 : inGroup(rights, inode.gid) ? 3 : 0
  if ((mask & ~(mode >> shift) & 7) === 0) return 0
  if ((mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFDIR) {
    if ((mask & MAY.write) === 0 && capable(rights, CAP.CAP_DAC_READ_SEARCH)) return 0
    return capable(rights, CAP.CAP_DAC_OVERRIDE) ? 0 : -EACCES
  }
  if (mask === MAY.read && capable(rights, CAP.CAP_DAC_READ_SEARCH)) return 0
  if (((mask & MAY.exec) === 0 || (mode & 0o111) !== 0) && capable(rights, CAP.CAP_DAC_OVERRIDE)) return 0
  return -EACCES
}

/** Whether somebody owns an inode or may act as its owner. Linux: inode_owner_or_capable. */
export function ownerOrCapable(rights: Rights, inode: Inode): boolean {
  return rights.fsuid === inode.uid || capable(rights, CAP.CAP_FOWNER)
}

/** A mount that must be writable: 0 or -EROFS. Linux: mnt_want_write. */
export function wantWrite(mount: Mount): number {
  return (mount.flags & MS_MOUNT.MS_RDONLY) !== 0 || mount.sb.readOnly ? -EROFS : 0
}

/** Whether a sticky directory keeps somebody from removing a name. Linux: check_sticky. */
export function stickyForbids(rights: Rights, directory: Inode, inode: Inode): boolean {
  if ((directory.mode & STAT_MODE.S_ISVTX) === 0) return false
  return rights.fsuid !== inode.uid && rights.fsuid !== directory.uid && !capable(rights, CAP.CAP_FOWNER)
}

/** The group of a new inode and its mode: set-group-ID directories pass their group on. Linux: inode_init_owner, mode_strip_sgid. */
export function inheritOwner(rights: Rights, directory: Inode, mode: number): { mode: number; uid: number; gid: number } {
  if ((directory.mode & STAT_MODE.S_ISGID) === 0) return { mode, uid: rights.fsuid, gid: rights.fsgid }
  const { gid } = directory
  if ((mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFDIR) return { mode: mode | STAT_MODE.S_ISGID, uid: rights.fsuid, gid }
  const both = STAT_MODE.S_ISGID | STAT_MODE.S_IXGRP
  const strip = (mode & both) === both && !inGroup(rights, gid) && !capable(rights, CAP.CAP_FSETID)
  return { mode: strip ? mode & ~STAT_MODE.S_ISGID : mode, uid: rights.fsuid, gid }
}

/** The rights access(2) checks with: the real ids, and root's capabilities for root only. Linux: access_override_creds. */
export function realRights(rights: Rights): Rights {
  const noFixup = (rights.securebits & 4) !== 0
  const effective = noFixup ? rights.effective : rights.uid === 0 ? rights.permitted : ([0, 0] as const)
  return { ...rights, fsuid: rights.uid, fsgid: rights.gid, effective }
}
