// The root tree that both sides see: one list of entries in order of creation, made real in a folder (for native runs)
// or as a cpio archive (`--root`), so that owners, modes, times and the order of directories do not depend on the host.
import { chmodSync, lchownSync, lutimesSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** 2020-01-01T00:00:00Z, the time of everything. */
const base = 1577836800
const S_IFREG = 0o100000, S_IFDIR = 0o40000, S_IFLNK = 0o120000

// A multiplicative congruential generator (Park and Miller 1988), so that data looks random and is always the same.
function generator(seed) {
  let state = seed
  return (n) => (state = (state * 48271) % 2147483647) % n
}
const syllables = ['ka', 'lo', 'mi', 'ten', 'ra', 'su', 'vel', 'no', 'py', 'dor', 'xi', 'qua']
function words(n) {
  const next = generator(7)
  return Array.from({ length: n }, () => Array.from({ length: 1 + next(4) }, () => syllables[next(syllables.length)]).join('') + '\n').join('')
}
function table(n) {
  const next = generator(11)
  return Array.from({ length: n }, (_, i) => `${syllables[next(syllables.length)]} ${next(100000) - 50000} ${i % 4}\n`).join('')
}
function random(n) {
  const next = generator(13)
  return Buffer.from(Array.from({ length: n }, () => next(256)))
}
const poem = `The kernel sat behind its gate\nand counted those that came too late:\na needle in the stack was found,\nthe pointer, though, was out of bound.\n\nThey rang the bell, they read the book,\nthis is the way the signal took.`

const dir = (path, mode = 0o755) => ({ path, mode: S_IFDIR | mode, data: Buffer.alloc(0) })
const file = (path, data, mode = 0o644, more = {}) => ({ path, mode: S_IFREG | mode, data: Buffer.from(data), ...more })
const link = (path, target) => ({ path, mode: S_IFLNK | 0o777, data: Buffer.from(target) })

const inside = [
  dir('tree'),
  dir('tree/deep'),
  dir('tree/deep/deeper'),
  file('tree/deep/deeper/bottom.txt', 'a needle at the bottom\n'),
  file('tree/deep/notes.txt', 'nothing here\n'),
  file('tree/empty', ''),
  file('tree/large.txt', words(700)),
  file('tree/secret', 'for one user\n', 0o600, { uid: 1000, gid: 1000 }),
  file('tree/run.sh', '#!/bin/sh\necho needle\n', 0o755),
  file('tree/setuid', 'x', 0o4755),
  dir('tree/sticky', 0o1777),
  link('tree/link', '../words.txt'),
  link('tree/dangling', 'nowhere'),
  file('tree/name with spaces.txt', 'short\n'),
]

function ustar(entries) {
  const blocks = []
  for (const e of entries) {
    const header = Buffer.alloc(512)
    const kind = e.mode & 0o170000
    const octal = (value, at, size) => header.write(value.toString(8).padStart(size - 1, '0'), at, 'latin1')
    header.write(kind === S_IFDIR ? e.path + '/' : e.path, 0, 'latin1')
    octal(e.mode & 0o7777, 100, 8)
    octal(e.uid ?? 0, 108, 8)
    octal(e.gid ?? 0, 116, 8)
    octal(kind === S_IFREG ? e.data.length : 0, 124, 12)
    octal(e.mtime, 136, 12)
    header.write(kind === S_IFDIR ? '5' : kind === S_IFLNK ? '2' : '0', 156, 'latin1')
    if (kind === S_IFLNK) header.write(e.data.toString('latin1'), 157, 'latin1')
    header.write('ustar\x0000', 257, 'latin1')
    header.fill(' ', 148, 156)
    header.write(header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0') + '\0 ', 148, 'latin1')
    blocks.push(header)
    if (kind === S_IFREG) blocks.push(e.data, Buffer.alloc(-e.data.length & 511))
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

// gzip with stored blocks (RFC 1951 section 3.2.4): the same bytes whatever zlib made Node.
function stored(data) {
  let crc = ~0
  for (const byte of data) {
    crc ^= byte
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1))
  }
  const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, data.length & 255, data.length >> 8, ~data.length & 255, (~data.length >> 8) & 255])
  const tail = Buffer.alloc(8)
  tail.writeUInt32LE(~crc >>> 0, 0)
  tail.writeUInt32LE(data.length, 4)
  return Buffer.concat([head, data, tail])
}

const dated = (entries) => entries.map((e, i) => ({ uid: 0, gid: 0, mtime: base + i * 3600, ...e }))

/** The data that busybox works on, below `data/`. */
export function dataEntries() {
  const tree = dated(inside)
  return dated([
    dir('data'),
    file('data/words.txt', words(2000)),
    file('data/poem.txt', poem),
    file('data/table.txt', table(300)),
    file('data/random.bin', random(1000)),
    file('data/words.gz', stored(Buffer.from(words(2000)))),
    file('data/archive.tar', ustar(tree)),
    ...tree.map((e) => ({ ...e, path: `data/${e.path}` })),
  ])
}

/** The whole root of a case: /dev and /proc to mount on, /tmp, the program at `bin/NAME`, and the data for busybox. */
export function rootEntries(name, bytes) {
  return [...dated([dir('dev'), dir('proc', 0o555), dir('tmp', 0o1777), dir('bin'), file(`bin/${name}`, bytes, 0o755)]), ...(name === 'busybox' ? dataEntries() : [])]
}

/** Makes the entries real below `root`; owners only when the host allows it. Directories get their times last. */
export function makeFolder(root, entries) {
  for (const e of entries) {
    const path = join(root, e.path)
    const kind = e.mode & 0o170000
    if (kind === S_IFDIR) mkdirSync(path)
    else if (kind === S_IFLNK) symlinkSync(e.data.toString('latin1'), path)
    else writeFileSync(path, e.data)
    if (process.getuid() === 0) lchownSync(path, e.uid, e.gid)
    if (kind !== S_IFLNK) chmodSync(path, e.mode & 0o7777)
  }
  for (const e of [...entries].reverse()) lutimesSync(join(root, e.path), e.mtime, e.mtime)
}

/** The entries as a cpio archive in the newc format (Documentation/driver-api/early-userspace/buffer-format.rst). */
export function makeArchive(entries) {
  const parts = []
  let ino = 0
  for (const e of [...entries, { path: 'TRAILER!!!', mode: 0, data: Buffer.alloc(0), uid: 0, gid: 0, mtime: 0 }]) {
    const links = (e.mode & 0o170000) === S_IFDIR ? 2 : 1
    const fields = [++ino, e.mode, e.uid, e.gid, links, e.mtime, e.data.length, 0, 0, 0, 0, e.path.length + 1, 0]
    const head = Buffer.from('070701' + fields.map((v) => v.toString(16).padStart(8, '0')).join('') + e.path + '\0', 'latin1')
    parts.push(head, Buffer.alloc(-head.length & 3), e.data, Buffer.alloc(-e.data.length & 3))
  }
  return Buffer.concat(parts)
}
