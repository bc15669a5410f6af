import { describe, expect, test } from 'vitest'
import { architectures, prepare, readGoldens } from './guest.js'

describe.each(architectures)('%s: the queues of a listener are those of Linux', (arch) => {
  test.each(readGoldens('test/sockets/queues.golden.txt'))('%s', async (scenario, golden) => {
    const { machine, output } = prepare(arch, ['queues', ...scenario.split(' ')])
    const { status } = await machine.run()
    expect(output()).toBe(golden)
    expect(status).toBe(0)
    machine.dispose()
  })
})
