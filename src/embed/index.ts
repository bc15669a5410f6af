export { createV86Cpu, type V86CpuOptions } from './v86.js'
export type { V86Class, V86Emulator } from './v86/internals.js'
