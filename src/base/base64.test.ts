import { expect, test } from 'vitest'
import { decodeBase64 } from './base64.js'

test.each([['', []], ['AQ==', [1]], ['AQI=', [1, 2]], ['//79/A==', [255, 254, 253, 252]]])("'%s' is decoded", (text, bytes) => {
  expect([...decodeBase64(text)]).toEqual(bytes)
})
