/** The reference CPU. */
export { createCpu, type CpuOptions, type ReferenceCpu } from './create-cpu.js'
export type { CpuFeatures, CpuidRow, CpuVendor } from './cpuid.js'
export type { DescriptorHook } from './engine.js'
export { initFpu } from './fxsave.js'
