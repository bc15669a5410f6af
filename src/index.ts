/**
 * The core: what every program that uses the library needs, and nothing else. Parts that not everybody needs have
 * entries of their own (`syscallkit/x86_64`, `syscallkit/trace`, …).
 *
 * @module
 */
export { KernelPanic, SyscallkitError } from './base/errors.js'
export type { SyscallkitErrorOptions } from './base/errors.js'
export type { Clock } from './base/clock.js'
export type { Random } from './base/random.js'
export { Machine } from './machine/machine.js'
export type { MachineConstructor } from './machine/machine.js'
export type { MachineOptions, RunOptions, RunResult, SpawnOptions } from './machine/options.js'
export type { Profile } from './machine/profile.js'
export type { MachineStep, StepOptions, Stepping } from './machine/stepping.js'
export { defineSyscall, userSyscall } from './syscalls/define.js'
export type { AnySyscall, ArgList, ArgValues, SupportLevel, SyscallDef, SyscallOptions, TaskWith, TokenList, UserSyscallOptions } from './syscalls/define.js'
export type { ArgumentKind, Codec, Direction, PrintContext, PrinterKey, PrintFunction, RawArgument } from './syscalls/codec.js'
export * from './syscalls/codecs.js'
export * from './syscalls/codecs-pointers.js'
