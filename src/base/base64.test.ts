import { afterEach, expect, test, vi } from 'vitest'
import { decodeBase64 } from './base64.js'

afterEach(() => vi.unstubAllGlobals())

test.each(['', 'AQ==', 'AQI=', 'AQID', '//79/A=='])("'%s' is decoded alike with and without Node's Buffer", (text) => {
  const expected = Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
  expect(decodeBase64(text)).toEqual(expected)
  vi.stubGlobal('Buffer', undefined)
  expect(decodeBase64(text)).toEqual(expected)
})
