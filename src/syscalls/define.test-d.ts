import { describe, expectTypeOf, test } from 'vitest'
import type { Token } from '../kernel/ports/token.js'
import { fd, int, sizeT, u64 } from './codecs.js'
import { bytesIn, pointer } from './codecs-pointers.js'
import { defineSyscall, userSyscall, type AnySyscall } from './define.js'

interface Sockets {
  listen: (fd: number, backlog: number) => number
}
const sockets: Token<'sockets', Sockets> = { key: 'sockets' }
const files: Token<'files', { close: (fd: number) => number }> = { key: 'files' }

const listen = defineSyscall('listen', {
  args: [['fd', fd], ['backlog', int]],
  uses: [sockets],
  run(task, descriptor, backlog) {
    expectTypeOf(descriptor).toEqualTypeOf<number>()
    expectTypeOf(backlog).toEqualTypeOf<number>()
    expectTypeOf(task.sockets).toEqualTypeOf<Sockets>()
    return task.sockets.listen(descriptor, backlog)
  },
})
const getpid = defineSyscall('getpid', { args: [], run: () => 1 })
const write = defineSyscall('write', { args: [['fd', fd], ['buf', bytesIn], ['count', sizeT]], uses: [files, sockets], run: (task, n) => task.files.close(n) })

describe('defineSyscall', () => {
  test('keeps name, arguments and subsystems in its type', () => {
    expectTypeOf(listen.name).toEqualTypeOf<'listen'>()
    expectTypeOf<(typeof listen)['uses'][number]['key']>().toEqualTypeOf<'sockets'>()
    expectTypeOf<(typeof write)['uses'][number]['key']>().toEqualTypeOf<'sockets' | 'files'>()
    expectTypeOf<(typeof getpid)['uses'][number]>().toEqualTypeOf<never>()
  })
  test('any definition goes into a list', () => {
    const list: readonly AnySyscall[] = [listen, getpid, write]
    expectTypeOf(list).toExtend<readonly AnySyscall[]>()
  })
  test('u64 arguments are bigints', () => {
    userSyscall('exact', {
      nr: 1000, args: [['value', u64]],
      run(_task, value) {
        expectTypeOf(value).toEqualTypeOf<bigint>()
        return 0
      },
    })
  })
  test('what is wrong does not compile', () => {
    // @ts-expect-error no entry point of this name; stat(2) is newstat
    defineSyscall('listn', { args: [], run: () => 0 })
    // @ts-expect-error the handler takes more arguments than the call has
    defineSyscall('listen', { args: [['fd', fd]], run: (_task, _fd: number, _backlog: number) => 0 })
    // @ts-expect-error an argument is a number
    defineSyscall('listen', { args: [['fd', fd]], run: (_task, _fd: string) => 0 })
    // @ts-expect-error the handler must return a number
    defineSyscall('listen', { args: [['fd', fd]], run: () => 'done' })
    // @ts-expect-error the subsystem was not declared
    defineSyscall('listen', { args: [['fd', fd]], uses: [files], run: (task, n) => task.sockets.listen(n, 0) })
    // @ts-expect-error a user's call needs a number
    userSyscall('audit', { args: [], run: () => 0 })
    // @ts-expect-error a codec is no string
    defineSyscall('listen', { args: [['fd', 'int']], run: () => 0 })
    // @ts-expect-error the direction is in, out or inout
    pointer('struct stat', 'both')
  })
})
