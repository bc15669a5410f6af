/** A system call of one's own: `audit(buf, size)` at number 500 tells the guest how often each call was made so far. */
import { bytesOut, sizeT, userSyscall } from 'syscallkit'
import { createLinux } from 'syscallkit/presets/current'

const counts = new Map<string, number>()

export const audit = /* @__PURE__ */ userSyscall('audit', {
  nr: 500,
  args: [['buf', bytesOut], ['size', sizeT]],
  run(task, buf, size) {
    const text = new TextEncoder().encode([...counts].map(([name, times]) => `${name} ${times}\n`).join(''))
    const length = Math.min(text.length, size)
    return task.memory.copyTo(buf, text, 0, length) === length ? length : -14 // EFAULT
  },
})

const linux = createLinux({ syscalls: [audit], stdout: (bytes) => console.log(new TextDecoder().decode(bytes).trimEnd()) })
linux.on('syscall:enter', ({ name, nr }) => void counts.set(name ?? `#${nr}`, (counts.get(name ?? `#${nr}`) ?? 0) + 1))
linux.spawn(program(), { path: '/audit' })
console.log(`exit status ${(await linux.run()).status}`)

/** The guest: `write(1, buf, audit(buf, 64)); exit_group(0)` as a static ELF file of one segment. */
function program(): Uint8Array {
  const code = [
    0xbf, 0x00, 0x02, 0x40, 0x00, 0xbe, 64, 0, 0, 0, 0xb8, 0xf4, 0x01, 0, 0, 0x0f, 0x05, // audit(0x400200, 64)
    0x89, 0xc2, 0xbe, 0x00, 0x02, 0x40, 0x00, 0xbf, 1, 0, 0, 0, 0xb8, 1, 0, 0, 0, 0x0f, 0x05, // write(1, 0x400200, what it gave)
    0xb8, 231, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05, // exit_group(0)
  ]
  const file = new Uint8Array(120 + code.length)
  const view = new DataView(file.buffer)
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]) // ELF, 64 bits, little-endian
  const header: readonly (readonly [offset: number, bytes: 2 | 4 | 8, value: number])[] = [
    [16, 2, 2], [18, 2, 62], [20, 4, 1], [24, 8, 0x400078], [32, 8, 64], [52, 2, 64], [54, 2, 56], [56, 2, 1], // an executable for x86-64
    [64, 4, 1], [68, 4, 7], [80, 8, 0x400000], [96, 8, file.length], [104, 8, 0x1000], [112, 8, 0x1000], // one segment, rwx
  ]
  for (const [offset, bytes, value] of header) bytes === 2 ? view.setUint16(offset, value, true) : view.setUint32(offset, value, true)
  file.set(code, 120)
  return file
}
