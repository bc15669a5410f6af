/**
 * i386 kernels as the course shows them: their frames, gates and entry paths. What programs of 32 bits see on a 64-bit
 * kernel is in `syscallkit/x86_64`.
 *
 * @module
 */
export { linux24, linux24Paths, linux24Profile, linux319I386, linux319I386Paths, linux319I386Profile, linux54I386, linux54I386Paths, linux54I386Profile } from '../profiles/linux-i386.js'
export { i386 } from '../x86/architecture.js'
export type { Architecture } from '../x86/architecture.js'
export { CpuState } from '../x86/cpu-state.js'
export type { CpuStateOptions } from '../x86/cpu-state.js'
export type { ArchKernel, ReadUser32 } from '../x86/kernel.js'
export type { ArchDifferences, ArchProfile, Selectors } from '../x86/profile.js'
export { RegisterFile } from '../x86/register-file.js'
export type { RegisterPlace, SegmentName } from '../x86/register-file.js'
export { decodeUserDesc, encodeUserDesc, getThreadArea, setThreadArea, USER_DESC, USER_DESC_FLAGS, USER_DESC_SIZE } from '../x86/tls.js'
export type { DescriptorWords } from '../x86/tls.js'
export { ARGS_I386, EXIT, WAY } from '../x86/ways.js'
export { bootI386 } from './boot.js'
export type { EntrySymbols32 } from './boot.js'
export { enterException32, exitToUser32, stackTop32, takeTrap32, VECTOR_IRET } from './fast.js'
export { frameLayout, loadFrame, storeFrame } from './frame.js'
export type { FrameLayout } from './frame.js'
