import { decodeBase64 } from '../base/base64.js'
import { EXECUTOR_WASM } from './generated/executor-wasm.js'

/** The executor, a WebAssembly module. The command reads it from a file instead (scripts/build-command.mjs). */
export function executorBytes(): Uint8Array<ArrayBuffer> {
  return decodeBase64(EXECUTOR_WASM)
}
