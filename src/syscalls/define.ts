import type { Category } from '../abi/generated/categories.js'
import type { EntryPoint } from '../abi/generated/entry-points.js'
import type { SyscallAbi } from '../abi/number-table.js'
import type { Token } from '../kernel/ports/token.js'
import type { Task } from '../kernel/task.js'
import type { Codec } from './codec.js'

/** Arguments of a definition: names and codecs, at most six. */
export type ArgList = readonly (readonly [name: string, codec: Codec<number | bigint>])[]

/** Subsystems that a definition needs. */
export type TokenList = readonly Token<string, unknown>[]

/** What a handler gets for a list of arguments. */
export type ArgValues<A extends ArgList> = { [I in keyof A]: A[I] extends readonly [string, Codec<infer T>] ? T : never }

/** The task as a handler with these subsystems sees it: each at its token's key. */
export type TaskWith<U extends TokenList> = Task & { readonly [T in U[number] as T['key']]: T extends Token<string, infer V> ? V : never }

/** How much of a call is there: `full` is proved by tests for every errno and flag of its manual page. */
export type SupportLevel = 'full' | 'partial'

/** What `defineSyscall` takes. */
export interface SyscallOptions<A extends ArgList, U extends TokenList> {
  /** Names (as in the kernel's prototype) and codecs of the arguments. */
  readonly args: A
  /** Subsystems that the handler uses. */
  readonly uses?: U
  /** Default `partial`. */
  readonly level?: SupportLevel
  /** What is missing, for `partial`. */
  readonly note?: string
  /** The name in strace's lines, where it is not the name of the number. */
  readonly strace?: string
  /** Results from -4095 to -1 are results and no errors (fcntl with F_GETOWN). */
  readonly notError?: boolean
  /**
   * The call. Returns a result or a negative errno, or BLOCKED or REGS_SET (results.ts); it must not throw for anything
   * that a guest does.
   */
  run(task: TaskWith<U>, ...args: ArgValues<A>): number
}

/** A definition: plain data and one function. */
export interface SyscallDef<N extends string = string, A extends ArgList = ArgList, U extends TokenList = TokenList> {
  /** Entry point without `sys_`, or the name of a user-defined call. */
  readonly name: N
  readonly args: A
  readonly uses: U | readonly []
  /** Number of a user-defined call; -1: a table finds the numbers by name. */
  readonly nr: number
  /** The only ABI of a user-defined call; undefined for all. */
  readonly abi: SyscallAbi | undefined
  /** Category of a user-defined call; Linux's own are in the generated facts. */
  readonly category: Category | undefined
  readonly level: SupportLevel
  readonly note: string
  readonly strace: string | undefined
  readonly notError: boolean
  /** The handler. */
  run(task: TaskWith<U>, ...args: ArgValues<A>): number
}

/** Any definition. */
export type AnySyscall = SyscallDef

/**
 * Defines a system call of the kernel. It has no effect; a machine that gets the definition has the call.
 *
 * @param name the kernel's entry point without `sys_` (`newstat`, `old_mmap`; `compat_sys_*` are definitions of their own)
 * @param options arguments, subsystems and the handler
 * @example
 * export const close = /* @__PURE__ *\/ defineSyscall('close', { args: [['fd', ufd]], uses: [files], level: 'full', run: (task, fd) => task.files.close(fd) })
 */
export function defineSyscall<const N extends EntryPoint, const A extends ArgList, const U extends TokenList = []>(
  name: N,
  options: SyscallOptions<A, U>,
): SyscallDef<N, A, U> {
  return define(name, options, -1, undefined, undefined)
}

/** What `userSyscall` takes. */
export interface UserSyscallOptions<A extends ArgList, U extends TokenList> extends SyscallOptions<A, U> {
  /** The number, without x32's bit; a table that already uses it refuses the definition. */
  readonly nr: number
  /** The only ABI that gets the call; all when absent. 223 is free on i386 but timer_settime on x86_64. */
  readonly abi?: SyscallAbi
  /** Where listings put it; default `system control`. */
  readonly category?: Category
}

/**
 * Defines a system call of one's own at a free number.
 *
 * @param name shown in traces and listings
 * @example
 * export const audit = /* @__PURE__ *\/ userSyscall('audit', { nr: 223, args: [['buf', bytesOut], ['len', sizeT]], run: () => 0 })
 */
export function userSyscall<const N extends string, const A extends ArgList, const U extends TokenList = []>(
  name: N,
  options: UserSyscallOptions<A, U>,
): SyscallDef<N, A, U> {
  return define(name, options, options.nr, options.abi, options.category)
}

function define<N extends string, A extends ArgList, U extends TokenList>(
  name: N, options: SyscallOptions<A, U>, nr: number, abi: SyscallAbi | undefined, category: Category | undefined,
): SyscallDef<N, A, U> {
  const { args, uses, level = 'partial', note = '', strace, notError = false, run } = options
  return { name, args, uses: uses ?? [], nr, abi, category, level, note, strace, notError, run }
}
