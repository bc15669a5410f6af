/**
 * The argument orders of clone(2) (kernel/fork.c, Linux 6.18): each architecture has one by its configuration. x86_64
 * uses the plain one, i386 and compat tasks `backwards`; the others are arm64's kin (`backwards` too), s390 and cris
 * (`backwards2`) and microblaze (`backwards3`).
 */
import { address, int, ulong } from './codecs.js'
import { pointer } from './codecs-pointers.js'
import type { ArgList } from './define.js'

const tidOut = /* @__PURE__ */ pointer('int', 'out')

/** Which of the kernel's configurations an architecture has. */
export type CloneOrder = 'plain' | 'backwards' | 'backwards2' | 'backwards3'

/** CONFIG_CLONE_BACKWARDS unset: x86_64. */
export const CLONE_PLAIN = [['clone_flags', ulong], ['newsp', address], ['parent_tidptr', tidOut], ['child_tidptr', tidOut], ['tls', address]] as const satisfies ArgList
/** CONFIG_CLONE_BACKWARDS: i386, arm, arm64. */
export const CLONE_BACKWARDS = [['clone_flags', ulong], ['newsp', address], ['parent_tidptr', tidOut], ['tls', address], ['child_tidptr', tidOut]] as const satisfies ArgList
/** Compat tasks of x86_64 kernels (arch/x86/kernel/sys_ia32.c): `backwards` under another name for tls. */
export const CLONE_COMPAT = [['clone_flags', ulong], ['newsp', address], ['parent_tidptr', tidOut], ['tls_val', address], ['child_tidptr', tidOut]] as const satisfies ArgList
/** CONFIG_CLONE_BACKWARDS2: s390. */
export const CLONE_BACKWARDS2 = [['newsp', address], ['clone_flags', ulong], ['parent_tidptr', tidOut], ['child_tidptr', tidOut], ['tls', address]] as const satisfies ArgList
/** CONFIG_CLONE_BACKWARDS3: microblaze; stack_size is not used. */
export const CLONE_BACKWARDS3 = [
  ['clone_flags', ulong], ['newsp', address], ['stack_size', int], ['parent_tidptr', tidOut], ['child_tidptr', tidOut], ['tls', address],
] as const satisfies ArgList

/** The arguments of clone whatever their order. */
export interface CloneArguments {
  /** Flags and exit signal. */
  readonly flags: number
  /** Stack pointer of the child; 0 keeps the parent's. */
  readonly newsp: number
  readonly parentTid: number
  readonly childTid: number
  readonly tls: number
}

/** Puts the arguments of a clone in `order` where they belong. */
export function cloneArguments(order: CloneOrder, a0: number, a1: number, a2: number, a3: number, a4: number, a5 = 0): CloneArguments {
  switch (order) {
    case 'plain': return { flags: a0, newsp: a1, parentTid: a2, childTid: a3, tls: a4 }
    case 'backwards': return { flags: a0, newsp: a1, parentTid: a2, tls: a3, childTid: a4 }
    case 'backwards2': return { newsp: a0, flags: a1, parentTid: a2, childTid: a3, tls: a4 }
    case 'backwards3': return { flags: a0, newsp: a1, parentTid: a3, childTid: a4, tls: a5 }
  }
}
