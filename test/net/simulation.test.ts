import { describe, expect, test } from 'vitest'
import { brokenInvariants } from './invariants.js'
import { simulate } from './simulation.js'
import { newStack } from './support.js'
import { parseAddress } from '../../src/net/address.js'
import { TcpSocket } from '../../src/net/tcp/socket.js'

/** A failing seed by itself: SEED=123 npx vitest run --project system test/net/simulation.test.ts */
const chosen = process.env['SEED']
const SEEDS = 500

describe('two machines over a faulty line', () => {
  test(`${chosen ?? SEEDS} seeds: every byte arrives in order or both ends hear of the failure`, { timeout: 600_000 }, () => {
    const failed: string[] = []
    for (let seed = chosen === undefined ? 1 : Number(chosen); seed <= (chosen === undefined ? SEEDS : Number(chosen)); seed++) {
      const { problems } = simulate(seed)
      if (problems.length > 0) failed.push(`seed ${seed}: ${problems.join('; ')}`)
    }
    expect(failed).toEqual([])
  })

  test('a seed repeats exactly', () => {
    const seeds = [7, 8, 9]
    const runs = seeds.map((seed) => [simulate(seed), simulate(seed)] as const)
    for (const [once, again] of runs) expect(again).toEqual(once)
    expect(new Set(runs.map(([once]) => once.digest)).size).toBe(seeds.length)
  })

  test('a broken connection is seen', () => {
    const net = newStack()
    const lo = parseAddress('127.0.0.1')!
    const listener = new TcpSocket(net, 4), client = new TcpSocket(net, 4)
    listener.bind({ address: lo, port: 80 })
    listener.listen(1)
    client.connect({ address: lo, port: 80 })
    expect(brokenInvariants(client)).toEqual([])
    client.tcb.packetsOut++
    client.rmemAlloc += 5
    expect(brokenInvariants(client).length).toBeGreaterThan(2)
  })
})
