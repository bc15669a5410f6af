import { afterEach, expect, test, vi } from 'vitest'
import { SyscallkitError } from '../base/errors.js'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

test("where WebAssembly may not be compiled the error names 'wasm-unsafe-eval'", async () => {
  const real = WebAssembly
  vi.resetModules()
  vi.stubGlobal('WebAssembly', {
    ...Object.fromEntries(Object.getOwnPropertyNames(real).map((k) => [k, Reflect.get(real, k)])),
    Module: function () {
      throw new EvalError("Refused to compile or instantiate WebAssembly module because 'unsafe-eval' is not an allowed source")
    },
  })
  const { createExecutor } = await import('./module.js')
  const memory = new real.Memory({ initial: 1 })
  try {
    createExecutor(memory, { translate: () => 0 })
    expect.unreachable()
  } catch (e) {
    expect(e).toMatchObject({ code: 'ERR_SYSCALLKIT_WASM' })
    expect(String(e)).toContain("'wasm-unsafe-eval'")
  }
  expect(new SyscallkitError('ERR_SYSCALLKIT_WASM', 'x')).toBeInstanceOf(Error)
})
