import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Cpu } from '../../src/arch/cpu-port.js'
import { current } from '../../src/arch/profiles/current.js'
import { CpuState } from '../../src/arch/x86/cpu-state.js'
import { VirtualClock } from '../../src/base/clock.js'
import { SeededRandom } from '../../src/base/random.js'
import { credsOf } from '../../src/kernel/creds.js'
import { Kernel } from '../../src/kernel/kernel.js'
import type { ExecRequest, ExecutableFile } from '../../src/kernel/ports/binfmt.js'
import { createVdso, type VdsoOptions } from '../../src/loader/index.js'
import { PhysicalMemory } from '../../src/memory/physical.js'

/** What native Linux showed of a program at its first instruction; see record-native.mjs. */
export interface NativeStart {
  readonly path: string
  readonly program: Uint8Array
  /** Hexadecimal, by gdb's names. */
  readonly registers: Readonly<Record<string, string>>
  /** Lines of /proc/PID/maps. */
  readonly maps: readonly string[]
  readonly sp: number
  /** Bytes from the stack pointer up to the stack's end. */
  readonly stack: Uint8Array
}

export function nativeStarts(): Record<string, NativeStart> {
  const raw: Record<string, Omit<NativeStart, 'program' | 'stack'> & { program: string; stack: string }> = JSON.parse(readFileSync(join(import.meta.dirname, 'native/starts.json'), 'utf8'))
  return Object.fromEntries(Object.entries(raw).map(([name, start]) => [name, { ...start, program: gunzipSync(Buffer.from(start.program, 'base64')), stack: Buffer.from(start.stack, 'base64') }]))
}

/** Programs are only loaded here. */
const idleCpu: Cpu = {
  name: 'none', modes: [], limits: [], attach: () => {}, run: () => 0, flush: () => {}, invalidate: () => {}, codeWritten: () => {},
  saveFpu: () => {}, loadFpu: () => {}, setBreakpoints: () => {}, dispose: () => {},
}

export function newKernel(machine: 'x86_64' | 'i686' = 'x86_64', vdso: VdsoOptions | null = {}, limit = 64 << 20): Kernel {
  const memory = new PhysicalMemory({ limit })
  return new Kernel({
    memory, cpu: idleCpu, cpuState: new CpuState(memory, current.profile), formats: null,
    clock: new VirtualClock(),
    random: new SeededRandom(7),
    system: { sysname: 'Linux', nodename: 'n', release: '6.18.0', version: '#1', machine, domainname: '(none)', maxTasks: 100, cpus: 1 },
    regsOffset: 16384 - 168,
    subsystems: vdso === null ? [] : [createVdso(vdso)],
  })
}

export function fileOf(bytes: Uint8Array, path: string): ExecutableFile {
  return { size: bytes.length, path, backing: null, read: (offset, length) => bytes.subarray(Math.min(offset, bytes.length), Math.min(offset + length, bytes.length)) }
}

export function requestFor(kernel: Kernel, bytes: Uint8Array, path: string, more: Partial<ExecRequest> = {}): ExecRequest {
  return {
    kernel, file: fileOf(bytes, path), filename: path, argv: [path, 'one', 'two'], envp: ['A=1', 'BC=23'], creds: credsOf(0), secure: false,
    stackLimit: 8 << 20, open: () => -2, ...more,
  }
}
