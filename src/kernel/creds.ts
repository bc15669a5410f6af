import { CAP } from '../abi/flags/capability.js'
import type { Task } from './task.js'

/** A task's identity. Immutable: changing it replaces the object, so that it can be shared. Linux: struct cred. */
export interface Creds {
  readonly uid: number
  readonly euid: number
  readonly suid: number
  readonly fsuid: number
  readonly gid: number
  readonly egid: number
  readonly sgid: number
  readonly fsgid: number
  /** Supplementary groups, sorted as setgroups leaves them. */
  readonly groups: readonly number[]
  /** Capability sets as low and high words: bit n of word n>>5. */
  readonly effective: readonly [number, number]
  readonly permitted: readonly [number, number]
  readonly inheritable: readonly [number, number]
  readonly bounding: readonly [number, number]
  readonly ambient: readonly [number, number]
  readonly securebits: number
  readonly noNewPrivs: boolean
}

/** All capabilities of Linux 6.18: 0 to 40 (CAP_CHECKPOINT_RESTORE). */
export const CAP_FULL: readonly [number, number] = [-1, 0x1ff]

/** Credentials of a user at login: root has every capability, others none. */
export function credsOf(uid: number, gid = uid, groups: readonly number[] = []): Creds {
  const caps = uid === 0 ? CAP_FULL : ([0, 0] as const)
  return {
    uid, euid: uid, suid: uid, fsuid: uid, gid, egid: gid, sgid: gid, fsgid: gid, groups,
    effective: caps, permitted: caps, inheritable: [0, 0], bounding: CAP_FULL, ambient: [0, 0], securebits: 0, noNewPrivs: false,
  }
}

/** Whether the effective set holds a capability. Linux: capable. */
export function capable(creds: Creds, capability: number): boolean {
  return (creds.effective[capability >> 5 === 0 ? 0 : 1] & (1 << (capability & 31))) !== 0
}

/** Whether `gid` is the fsgid or a supplementary group. Linux: in_group_p. */
export function inGroup(creds: Creds, gid: number): boolean {
  return creds.fsgid === gid || creds.groups.includes(gid)
}

type CapSet = readonly [number, number]
const within = (a: CapSet, b: CapSet): boolean => (a[0] & ~b[0]) === 0 && (a[1] & ~b[1]) === 0

/** Gives a task another identity. One that can do more, or acts for somebody else, loses dumpability and the parent's death signal. Linux: commit_creds. */
export function commitCreds(task: Task, next: Creds): void {
  const { creds: old } = task
  const same = old.euid === next.euid && old.egid === next.egid && old.fsuid === next.fsuid && old.fsgid === next.fsgid
  if (!same || !within(next.permitted, old.permitted)) {
    task.group.dumpable = 0
    task.parentDeathSignal = 0
  }
  task.creds = next
}

/**
 * Whether a task may look into another one: its memory, descriptors and places. Linux: __ptrace_may_access with Yama
 * left out.
 *
 * @param ids whether the viewer's file-system ids count (/proc) or its real ones (system calls)
 */
export function mayInspect(viewer: Task, target: Task, ids: 'fs' | 'real'): boolean {
  if (viewer.group === target.group) return true
  const { creds: mine } = viewer
  const { creds: its } = target
  const uid = ids === 'fs' ? mine.fsuid : mine.uid
  const gid = ids === 'fs' ? mine.fsgid : mine.gid
  const same = uid === its.euid && uid === its.suid && uid === its.uid && gid === its.egid && gid === its.sgid && gid === its.gid
  if (capable(mine, CAP.CAP_SYS_PTRACE)) return true
  return same && target.group.dumpable === 1 && within(its.permitted, ids === 'fs' ? mine.effective : mine.permitted)
}
