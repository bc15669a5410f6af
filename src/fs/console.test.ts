import { describe, expect, test } from 'vitest'
import { Bench, MEMORY, type TestTask } from '../../test/fs/harness.js'
import { bytesOf } from '../base/bytes.js'
import { BLOCKED } from '../kernel/results.js'
import { ioctl } from '../syscalls/files/ioctl.js'
import { lseek } from '../syscalls/files/lseek.js'
import { pollCall } from '../syscalls/files/poll.js'
import { read } from '../syscalls/files/read.js'
import { readlinkCall } from '../syscalls/files/readlink.js'
import { newfstat } from '../syscalls/files/stat.js'
import { write } from '../syscalls/files/write.js'
import { createHostStream, type HostStream } from './console.js'

const TCGETS = 0x5401, TCSETS = 0x5402, FIONREAD = 0x541b, TIOCGWINSZ = 0x5413, TIOCGPGRP = 0x540f, TIOCSPGRP = 0x5410, TOSTOP = 0o400

function open(stream: HostStream, access: number): { bench: Bench; task: TestTask; fd: number } {
  const bench = new Bench()
  const task = bench.task()
  const fd = task.files.install(stream.open(bench.kernel, access), 1024)
  stream.control(task)
  return { bench, task, fd }
}

function modeOf(bench: Bench, task: TestTask, fd: number): string {
  expect(bench.call(task, newfstat, fd, MEMORY)).toBe(0)
  return task.memory.getU32(MEMORY + 24).toString(8)
}

/** Sets c_lflag, and VMIN when it is given. */
function setLflag(bench: Bench, task: TestTask, fd: number, change: (lflag: number) => number, vmin = 1): void {
  bench.call(task, ioctl, fd, TCGETS, MEMORY)
  task.memory.putU32(MEMORY + 12, change(task.memory.getU32(MEMORY + 12)))
  task.memory.write(MEMORY + 17 + 6, Uint8Array.of(vmin))
  expect(bench.call(task, ioctl, fd, TCSETS, MEMORY)).toBe(0)
}

describe('a pipe of the host', () => {
  test('looks like a pipe: FIFO, no seeking, no terminal', () => {
    const { bench, task, fd } = open(createHostStream({ kind: 'pipe' }), 0)
    expect(modeOf(bench, task, fd)).toBe('10600')
    expect(bench.call(task, lseek, fd, 0, 1)).toBe(-29)
    expect(bench.call(task, ioctl, fd, TCGETS, MEMORY)).toBe(-25)
    expect(bench.call(task, write, fd, 'x', 1)).toBe(-9)
  })

  test.each<[string, (bench: Bench, task: TestTask, fd: number) => void]>([
    ['reads', (bench, task, fd) => void bench.again(task, read, fd, MEMORY, 4)],
    ['asks how much there is', (bench, task, fd) => void bench.call(task, ioctl, fd, FIONREAD, MEMORY)],
    ['polls', (bench, task, fd) => {
      task.memory.putU64(MEMORY, fd, 1)
      bench.call(task, pollCall, MEMORY, 1, 0)
    }],
  ])('input is wanted once, when a program %s', (_what, look) => {
    let wanted = 0
    const { bench, task, fd } = open(createHostStream({ kind: 'pipe', wanted: () => wanted++ }), 0)
    expect(modeOf(bench, task, fd)).toBe('10600')
    expect(wanted).toBe(0)
    look(bench, task, fd)
    look(bench, task, fd)
    expect(wanted).toBe(1)
  })

  test('a reader waits for input, reads it in pieces, then end of file', () => {
    const stream = createHostStream({ kind: 'pipe' })
    const { bench, task, fd } = open(stream, 0)
    const run = (): number => bench.again(task, read, fd, MEMORY, 4)
    expect(bench.kernel.hostSources).toBe(1)
    expect(run()).toBe(BLOCKED)
    stream.push(bytesOf('abcdef'))
    expect(task.state).toBe('running')
    expect(run()).toBe(4)
    bench.call(task, ioctl, fd, FIONREAD, MEMORY + 64)
    expect(task.memory.getU32(MEMORY + 64)).toBe(2)
    expect(run()).toBe(2)
    expect(run()).toBe(BLOCKED)
    stream.end()
    expect(run()).toBe(0)
    expect(bench.kernel.hostSources).toBe(0)
    expect(() => stream.push(bytesOf('x'))).toThrow(/push after end/)
  })

  test('what the guest writes goes to the host', () => {
    let out = ''
    const { bench, task, fd } = open(createHostStream({ kind: 'pipe', write: (bytes) => (out += String.fromCharCode(...bytes)) }), 1)
    expect(bench.call(task, write, fd, 'hello', 5)).toBe(5)
    expect(bench.call(task, write, fd, 1, 5)).toBe(-14)
    expect(out).toBe('hello')
  })
})

describe('a file of the host', () => {
  test('is a regular file with a position', () => {
    const { bench, task, fd } = open(createHostStream({ kind: 'file', data: bytesOf('0123456789') }), 0)
    expect(modeOf(bench, task, fd)).toBe('100644')
    expect(bench.call(task, lseek, fd, -3, 2)).toBe(7)
    expect(bench.call(task, read, fd, MEMORY, 10)).toBe(3)
    expect(bench.text(task, MEMORY, 3)).toBe('789')
    expect(bench.call(task, ioctl, fd, TCGETS, MEMORY)).toBe(-25)
  })

  test('writes reach the host with their positions, O_APPEND included', () => {
    const seen: [string, number][] = []
    const stream = createHostStream({ kind: 'file', data: bytesOf('abc'), append: true, write: (bytes, at) => seen.push([String.fromCharCode(...bytes), at]) })
    const { bench, task, fd } = open(stream, 1)
    bench.call(task, write, fd, 'de', 2)
    bench.call(task, lseek, fd, 0, 0)
    bench.call(task, write, fd, 'f', 1)
    expect(seen).toEqual([['de', 3], ['f', 5]])
  })
})

test('/dev/null of the host is the character device 1:3', () => {
  const { bench, task, fd } = open(createHostStream({ kind: 'null' }), 2)
  expect(modeOf(bench, task, fd)).toBe('20666')
  expect(task.memory.getU32(MEMORY + 40)).toBe(0x103)
  expect(bench.call(task, read, fd, MEMORY, 10)).toBe(0)
  expect(bench.call(task, write, fd, 'abc', 3)).toBe(3)
})

describe('a terminal of the host', () => {
  const terminal = (raw = false): { stream: HostStream; out: () => string } => {
    let out = ''
    return { stream: createHostStream({ kind: 'tty', raw, rows: 40, columns: 132, write: (bytes) => (out += String.fromCharCode(...bytes)) }), out: () => out }
  }

  test('is /dev/pts/0 with a window, settings and the session of its program', () => {
    const { stream } = terminal()
    const { bench, task, fd } = open(stream, 2)
    expect(modeOf(bench, task, fd)).toBe('20620')
    const length = bench.call(task, readlinkCall, `/proc/self/fd/${fd}`, MEMORY, 100)
    expect(bench.text(task, MEMORY, length)).toBe('/dev/pts/0')
    bench.call(task, ioctl, fd, TIOCGWINSZ, MEMORY)
    expect(task.memory.getU32(MEMORY)).toBe(40 | (132 << 16))
    bench.call(task, ioctl, fd, TIOCGPGRP, MEMORY)
    expect(task.memory.getU32(MEMORY)).toBe(task.group.pgid)
    // recorded with stty on a new pty of Linux 6.18: icrnl ixon, opost onlcr, cs8 cread 38400, isig icanon echo echoe echok echoctl echoke iexten
    bench.call(task, ioctl, fd, TCGETS, MEMORY)
    expect([0, 4, 8, 12].map((at) => task.memory.getU32(MEMORY + at))).toEqual([0x500, 5, 0xbf, 0x8a3b])
    expect([...task.memory.read(MEMORY + 16, 20)]).toEqual([0, 3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0])
  })

  test('gives one line at a time; erase and kill edit it', () => {
    const { stream } = terminal()
    const { bench, task, fd } = open(stream, 2)
    const run = (): number => bench.again(task, read, fd, MEMORY, 100)
    expect(run()).toBe(BLOCKED)
    stream.push(bytesOf('ab'))
    expect(run()).toBe(BLOCKED)
    stream.push(bytesOf('x\x7fc\rgone\x15next\n'))
    expect(run()).toBe(4)
    expect(bench.text(task, MEMORY, 4)).toBe('abc\n')
    expect(run()).toBe(5)
    expect(bench.text(task, MEMORY, 5)).toBe('next\n')
    stream.push(bytesOf('part\x04'))
    expect(run()).toBe(4)
    stream.push(bytesOf('\x04'))
    expect(run()).toBe(0)
  })

  test('raw on the host: echoes, and turns newlines into carriage return and newline', () => {
    const { stream, out } = terminal(true)
    const { bench, task, fd } = open(stream, 2)
    bench.call(task, write, fd, 'a\nb', 3)
    stream.push(bytesOf('hi\x7f\x01\n'))
    expect(out()).toBe('a\r\nbhi\b \b^A\r\n')
  })

  test('without ICANON bytes come as they are typed; VMIN 0 does not wait', () => {
    const { stream } = terminal()
    const { bench, task, fd } = open(stream, 2)
    setLflag(bench, task, fd, (lflag) => lflag & ~2)
    const run = (): number => bench.again(task, read, fd, MEMORY, 10)
    expect(run()).toBe(BLOCKED)
    stream.push(bytesOf('q'))
    expect(run()).toBe(1)
    setLflag(bench, task, fd, (lflag) => lflag, 0)
    expect(run()).toBe(0)
  })

  test('the interrupt character sends SIGINT to the foreground group', () => {
    const { stream } = terminal()
    const { bench, task, fd } = open(stream, 2)
    expect(bench.again(task, read, fd, MEMORY, 10)).toBe(BLOCKED)
    stream.push(bytesOf('\x03'))
    expect(task.signalPending()).toBe(true)
    expect(bench.again(task, read, fd, MEMORY, 10)).toBe(-512)
  })

  test('in the background, reading and changing it send the group SIGTTIN and SIGTTOU; what is ignored is no signal, and an orphaned group gets EIO', () => {
    const { stream } = terminal()
    const { bench, task, fd } = open(stream, 2)
    const background = (): TestTask => {
      const child = bench.task({ parent: task })
      child.group.pgid = child.tgid
      return child
    }
    const ignore = (child: TestTask, signal: number): void => {
      child.signals.table.actions[signal] = { ...child.signals.table.actions[signal]!, handler: 1 }
    }
    const all = (child: TestTask): number[] => {
      bench.call(task, ioctl, fd, TCGETS, MEMORY)
      child.memory.write(MEMORY, task.memory.read(MEMORY, 36))
      child.memory.putU32(MEMORY + 64, child.group.pgid)
      return [bench.call(child, read, fd, MEMORY + 128, 1), bench.call(child, ioctl, fd, TCSETS, MEMORY), bench.call(child, ioctl, fd, TIOCSPGRP, MEMORY + 64), bench.call(child, write, fd, 'x', 1)]
    }
    setLflag(bench, task, fd, (lflag) => lflag | TOSTOP)
    expect(all(background())).toEqual([-512, -512, -512, -512])
    const orphan = background()
    orphan.group.parent = null
    expect(all(orphan)).toEqual([-5, -5, -25, -5])
    const deaf = background()
    ignore(deaf, 21)
    ignore(deaf, 22)
    expect(all(deaf)).toEqual([-5, 0, 0, 1])
  })

  test('poll sees input and the end', () => {
    const { stream } = terminal()
    const { bench, task, fd } = open(stream, 2)
    const poll = (): number => {
      task.memory.write(MEMORY + 512, Uint8Array.of(fd, 0, 0, 0, 1, 0, 0, 0))
      return bench.again(task, pollCall, MEMORY + 512, 1, 0) * 256 + task.memory.read(MEMORY + 518, 1)[0]!
    }
    expect(poll()).toBe(0)
    stream.push(bytesOf('x\n'))
    expect(poll()).toBe(0x101)
  })
})
