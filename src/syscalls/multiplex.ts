/** Calls whose arguments lie in user memory or behind a number: socketcall, ipc, old_mmap, old_select, `syscall(2)` itself. */
import type { AnySyscall } from './define.js'
import { decodeArgs, type ArgOrder } from './call.js'
import { syscallEntry, type SyscallArgs, type TaskRegisters } from './table.js'

/** Arguments as 64-bit words, 8 bytes apart. */
const WORDS: ArgOrder = [0, 8, 16, 24, 32, 40]

/**
 * Decodes arguments that were read as an array of `unsigned long`, as if each had come in a register: socketcall's `a`,
 * old_mmap's structure.
 *
 * @param def the call that they are for
 * @param bytes the array as it lay in user memory, little-endian
 * @param width bytes of an element: 4 for i386 and compat tasks, 8 for x86_64
 * @throws RangeError when `bytes` holds less than the call's arguments
 */
export function decodeWords(def: AnySyscall, bytes: Uint8Array, width: 4 | 8): SyscallArgs {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const u32 = new Uint32Array(12)
  for (let i = 0; i < def.args.length; i++) {
    u32[2 * i] = view.getUint32(i * width, true)
    if (width === 8) u32[2 * i + 1] = view.getUint32(i * width + 4, true)
  }
  return decodeArgs(syscallEntry(def, -1, def.name, width === 4), { regs: 0 }, { u32 }, WORDS)
}

/**
 * Calls a definition with the arguments of {@link decodeWords}. A multiplexer that waits is run again as a whole: keep
 * the bytes in its progress.
 *
 * @param task must have the subsystems that the definition uses: name them in the multiplexer's own `uses`
 */
export function callWithWords(def: AnySyscall, task: TaskRegisters, bytes: Uint8Array, width: 4 | 8): number {
  return syscallEntry(def, -1, def.name, width === 4).run(task, ...decodeWords(def, bytes, width))
}

/** Bytes that a call's arguments take in such an array. */
export function wordsSize(def: AnySyscall, width: 4 | 8): number {
  return def.args.length * width
}
