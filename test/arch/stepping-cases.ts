import type { Trap } from '../../src/arch/cpu-port.js'
import type { SeededRandom } from '../../src/base/random.js'
import { current } from '../../src/arch/profiles/current.js'
import { currentPaths } from '../../src/arch/profiles/current-paths.js'
import { linux54 } from '../../src/arch/profiles/linux-5.4.js'
import { linux54Paths } from '../../src/arch/profiles/linux-5.4-paths.js'
import { linux24, linux24Paths, linux319I386, linux319I386Paths, linux54I386, linux54I386Paths } from '../../src/arch/profiles/linux-i386.js'
import { linux319 } from '../../src/arch/profiles/linux-3.19.js'
import { linux319Paths } from '../../src/arch/profiles/linux-3.19-paths.js'
import { R } from '../../src/arch/stepping/kernel-cpu.js'
import { WAY } from '../../src/arch/x86/ways.js'
import { CLEARED, type PathCase, type Profile, trapOf } from './equivalence.js'

const TF_NT_RF_IF_DF = 0x14700
const AMD = { vendor: 'amd' } as const
const VECTORS = [0, 1, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19]

/** A fault as a CPU reports it: an error code only where the vector has one. */
function randomFault(random: SeededRandom): Trap {
  const vector = VECTORS[random.u32() % VECTORS.length]!
  return trapOf('fault', { vector, errorCode: (vector >= 10 && vector <= 14) || vector === 17 ? random.u32() & 0xffff : 0, address: random.u32() })
}

/** Ways into x86_64 kernels; `sfmask` is what SYSCALL clears. */
const paths64 = (sfmask: number): PathCase[] => [
  { name: 'SYSCALL of 64-bit code', mode: 64, trap: () => trapOf('syscall'), kernelFlagsClear: sfmask },
  { name: 'SYSCALL of 64-bit code, x32 on', mode: 64, options: { x32: true }, trap: () => trapOf('syscall'), kernelFlagsClear: sfmask },
  { name: 'SYSCALL of 32-bit code on AMD', mode: 32, options: AMD, trap: () => trapOf('syscall'), kernelFlagsClear: sfmask },
  { name: 'SYSCALL of 32-bit code on Intel', mode: 32, trap: () => trapOf('syscall'), kernelFlagsClear: TF_NT_RF_IF_DF },
  { name: 'SYSENTER of 32-bit code on Intel', mode: 32, trap: () => trapOf('sysenter'), kernelFlagsClear: TF_NT_RF_IF_DF | 0x40000 },
  { name: 'SYSENTER of 64-bit code on Intel', mode: 64, trap: () => trapOf('sysenter'), kernelFlagsClear: TF_NT_RF_IF_DF | 0x40000 },
  { name: 'SYSENTER of 64-bit code on AMD', mode: 64, options: AMD, trap: () => trapOf('sysenter'), kernelFlagsClear: TF_NT_RF_IF_DF },
  { name: 'int $0x80 of 64-bit code', mode: 64, trap: () => trapOf('int', { vector: 0x80 }), kernelFlagsClear: TF_NT_RF_IF_DF },
  { name: 'int $0x80 of 32-bit code', mode: 32, trap: () => trapOf('int', { vector: 0x80 }), kernelFlagsClear: TF_NT_RF_IF_DF },
  { name: 'int n of 64-bit code', mode: 64, trap: (r) => trapOf('int', { vector: r.u32() & 255 }), kernelFlagsClear: TF_NT_RF_IF_DF },
  {
    name: 'exceptions of 64-bit code', mode: 64, kernelFlagsClear: TF_NT_RF_IF_DF,
    trap: randomFault,
  },
  {
    name: 'exceptions of 32-bit code', mode: 32, kernelFlagsClear: TF_NT_RF_IF_DF,
    trap: randomFault,
  },
]

/** Ways into i386 kernels. IF stays set behind trap gates. */
const paths32 = (options: { sysenter: boolean; trapGates: boolean }): PathCase[] => [
  { name: 'int $0x80', mode: 32, trap: () => trapOf('int', { vector: 0x80 }), kernelFlagsClear: 0x14500 },
  ...(options.sysenter ? [{ name: 'SYSENTER', mode: 32 as const, trap: () => trapOf('sysenter'), kernelFlagsClear: 0x14700 | 0x40000 }] : [
    { name: 'SYSENTER, which is not set up', mode: 32 as const, trap: () => trapOf('sysenter'), kernelFlagsClear: 0x14500 },
  ]),
  { name: 'SYSCALL, which is not set up', mode: 32, trap: () => trapOf('syscall'), kernelFlagsClear: options.trapGates ? 0x14500 : 0x14700 },
  { name: 'int n', mode: 32, trap: (r) => trapOf('int', { vector: r.u32() & 255 }), kernelFlagsClear: 0x14500 },
  { name: 'exceptions', mode: 32, trap: randomFault, kernelFlagsClear: 0x14500 },
]

const I386_ARGS = [R.R8, R.R9, R.R10, R.R11, R.RBX, R.RBP, R.R12, R.R13, R.R14, R.R15]
/** SAVE_ARGS: what 3.19 has stored of pt_regs when C starts. */
function savedBy319(_path: PathCase, way: number): readonly number[] | null {
  const common = [R.RDI, R.RSI, R.RDX, R.RAX, R.ORIG_RAX, R.RIP]
  const hardware = [R.CS, R.SS, R.RSP, R.RFLAGS, R.RCX]
  if (way === WAY.syscall64) return [...common, R.R8, R.R9, R.R10, R.R11]
  return way === WAY.exception ? null : [...common, ...hardware]
}
const CLI = 'what becomes pending is asked of the host, and IRET loads the flags'
const IRET_EXC = { 'iret_exc cld': 'nothing sets DF between entry and IRET' }
/** Every kernel with its steps and ways in. */
export const profiles: Profile[] = [
  {
    name: 'current', kernel: current, program: currentPaths, paths: paths64(0x257fd5),
    dead: { 'entry_SYSCALL_64 xorl %rsi': 'movslq loads rsi again before C reads it' },
  },
  {
    name: '5.4, x86_64', kernel: linux54, program: linux54Paths, paths: paths64(0x47700), iretTrampoline: true,
    checkSecond: (way, stage) => stage > 1 || (way !== WAY.syscall64 && way !== WAY.sysenter32),
    cleared: (way) => (way === WAY.sysenter32 ? I386_ARGS : CLEARED),
    argumentOf: (way, stage) => (way === WAY.syscall64 && stage === 1 ? R.RSI : R.RDI),
    dead: { 'entry_SYSCALL_64 xorl %rsi': 'pt_regs goes to rsi' },
  },
  {
    name: '3.19, x86_64', kernel: linux319, program: linux319Paths, paths: paths64(0x47700).map((path) => ({ ...path, kernelFlagsClear: path.kernelFlagsClear & ~0x200 })), partial: true,
    cleared: () => [], argumentOf: (way, stage) => (way === WAY.exception || stage > 1 ? R.RDI : -1), checkSecond: (way, stage) => way === WAY.exception || stage > 1,
    savedSlots: savedBy319, dead: {},
  },
  { name: '5.4, i386', kernel: linux54I386, program: linux54I386Paths, paths: paths32({ sysenter: true, trapGates: false }), dead: IRET_EXC },
  { name: '3.19, i386', kernel: linux319I386, program: linux319I386Paths, paths: paths32({ sysenter: true, trapGates: false }), dead: { 'syscall_exit cli': CLI, ...IRET_EXC } },
  { name: '2.4.18', kernel: linux24, program: linux24Paths, paths: paths32({ sysenter: false, trapGates: true }), dead: { 'ret_from_sys_call cli': CLI, ...IRET_EXC } },
]
