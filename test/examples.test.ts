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
  expect(await output(() => import('../examples/gate-only.js'))).toBe('rax 42, rip 0x401002, r11 0x246, by SYSRET')
})

test('fake-cpu: a machine whose CPU is a list of calls', async () => {
  expect(await output(() => import('../examples/fake-cpu.js'))).toBe('getpid 2, double(21) 42, number 999 -38, exit status 3')
})

test('custom-syscall: a guest calls number 500', async () => {
  expect(await output(() => import('../examples/custom-syscall.js'))).toBe('audit 1\nexit status 0')
})

test('audit: on 2.4.18, call 223 waits until a hook behind every call has collected enough', async () => {
  const busy = Array.from({ length: 5 }, () => ['3 busy getpid', '3 busy getppid']).flat()
  expect(await output(() => import('../examples/audit.js'))).toBe([
    'slot 223 of sys_call_table: audit', ...busy, '2 auditd audit', '2 auditd write', ...busy.slice(0, 8), 'auditd: exit status 0',
  ].join('\n'))
})

test('step-listen: the kernel stack on the way to listen and back', async () => {
  const text = await output(() => import('../examples/step-listen.js'))
  expect(text).toMatch(/^entry_SYSCALL_64\+8 +pushq %rax for pt_regs->orig_ax {2}-> 32$/m) // 50
  expect(text).toContain('__x64_sys_listen has run; pt_regs:')
  expect(text).toMatch(/^ +104 {2}rsi +2\n +112 {2}rdi +3$/m) // listen(3, 2)
  expect(text).toMatch(/^ +80 {2}rax +0$/m)
  expect(text).toMatch(/sysretq: rip from rcx, flags from r11, cs and ss from MSR_STAR$/)
})

test('interpose: calls are watched, replaced and denied', async () => {
  expect(await output(() => import('../examples/interpose.js'))).toBe([
    'write to 1, 21 bytes', 'the guest wrote: Hello, x86_64 world!', 'write gave 21', 'exit status 7', 'with write denied: exit status 0',
  ].join('\n'))
})

test('hello: a real program, its output and its system calls', async () => {
  const text = await output(() => import('../examples/hello.js'))
  expect(text).toContain('Hello, x86_64 world!\n')
  expect(text).toMatch(/^execve\("\/hello", \["hello"\], 0x[0-9a-f]+ \/\* 0 vars \*\/\) = 0$/m)
  expect(text).toContain('write(1, "Hello, x86_64 world!\\n", 21)  = 21')
  expect(text).toContain('+++ exited with 0 +++')
  expect(text).toMatch(/exit status 0 after \d+ instructions$/)
})
