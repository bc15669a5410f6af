/** Floating point alone, for test/cpu/fp. */
export { sse } from './sse'
export { x87 } from './x87'
