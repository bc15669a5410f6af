export { attachStrace, type StraceOptions } from './strace.js'
