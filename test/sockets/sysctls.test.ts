import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errnoName } from '../../src/abi/errno-text.js'
import { type NetSysctl, defaultNetSysctl, defaultShownSysctl, sysctlPath } from '../../src/net/sysctl-defaults.js'
import { writeSysctl } from '../../src/sockets/proc/sysctl-write.js'
import { newStack } from '../net/support.js'

/** What a knob of Linux makes of a write; scripts/renew-net.mjs records. */
const golden = readFileSync(new URL('sysctls.golden.txt', import.meta.url), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'))

const defaults = (): NetSysctl => ({ ...defaultNetSysctl(), ...defaultShownSysctl() })
const keys = new Map(Object.keys(defaults()).map((key) => [sysctlPath(key), key as keyof NetSysctl]))

test('knobs take and refuse what those of Linux do', () => {
  const net = newStack()
  const different: string[] = []
  let compared = 0
  for (const line of golden) {
    const [path, written, expected] = line.split('\t') as [string, string, string]
    const key = keys.get(path)
    if (key === undefined) continue
    compared++
    Object.assign(net.sysctl, defaults())
    const result = writeSysctl(net, key, JSON.parse(written) as string)
    const value = net.sysctl[key]
    const found = result < 0 ? errnoName(-result) : Array.isArray(value) ? value.join(' ') : String(value)
    if (found !== expected) different.push(`${line}, here ${found}`)
  }
  expect(compared).toBeGreaterThan(2500)
  expect(different).toEqual([])
})
