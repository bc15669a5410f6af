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
