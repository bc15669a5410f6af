import { afterEach, expect, test, vi } from 'vitest'

/** What an example prints; each file runs as it stands, against the sources. */
async function output(load: () => Promise<unknown>): Promise<string> {
  const lines: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((...parts: unknown[]) => void lines.push(parts.map(String).join(' ')))
  await load()
  log.mockRestore()
  return lines.join('\n')
}

afterEach(() => {
  vi.restoreAllMocks()
})

test('gate-only: SYSCALL and SYSRET without a machine', async () => {
  expect(await output(() => import('../examples/gate-only.js'))).toBe('rax 42\nrip 0x401002, rcx the same: true, r11 0x246\nleft by SYSRET')
})

test('fake-cpu: a machine whose CPU is a list of calls', async () => {
  expect(await output(() => import('../examples/fake-cpu.js'))).toBe('getpid 1, double(21) 42, number 999 -38, exit status 3')
})
