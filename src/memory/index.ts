/**
 * Physical memory of a machine.
 *
 * @module
 */
export { PhysicalMemory } from './physical.js'
export type { PhysicalMemoryOptions } from './physical.js'
