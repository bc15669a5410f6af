import { E2BIG, EBADF, EFAULT, EINVAL, ERANGE } from '../../abi/errno.js'
import { LIMITS } from '../../abi/flags/limits.js'
import { AT } from '../../abi/flags/fcntl.js'
import { XATTR } from '../../abi/flags/stat.js'
import { bytesOf } from '../../base/bytes.js'
import { lookupUser, type FsTask } from '../../fs/namei.js'
import { fit, getAttribute, listAttributes, removeAttribute, setAttribute, XATTR_SIZE_MAX } from '../../fs/xattr.js'
import { files } from '../../kernel/ports/files.js'
import { fs, type Path } from '../../kernel/ports/fs.js'
import { fd, flags, sizeT } from '../codecs.js'
import { bytes, bytesOut, cstring, path } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

const xattrFlags = /* @__PURE__ */ flags('setxattr', XATTR)
const valueIn = /* @__PURE__ */ bytes('in', 'const void *')
const valueOut = /* @__PURE__ */ bytes('out', 'void *')

/** A name with its class. Linux: import_xattr_name. */
function nameOf(task: FsTask, address: number): string | number {
  const name = task.memory.string(address, 256)
  if (typeof name === 'number') return name === -EFAULT ? name : -ERANGE
  return name === '' ? -ERANGE : name
}

function at(task: FsTask, pathname: number, follow: boolean): Path | number {
  return lookupUser(task, AT.AT_FDCWD, pathname, { follow })
}

function open(task: FsTask, descriptor: number): Path | number {
  return task.files.get(descriptor)?.path ?? -EBADF
}

/** Linux: setxattr_copy, then the path: what is wrong with name and value comes first. */
function set(task: FsTask, where: () => Path | number, name: number, value: number, size: number, bits: number): number {
  if ((bits & ~(XATTR.XATTR_CREATE | XATTR.XATTR_REPLACE)) !== 0) return -EINVAL
  const text = nameOf(task, name)
  if (typeof text === 'number') return text
  if (size > XATTR_SIZE_MAX) return -E2BIG
  const data = new Uint8Array(size)
  if (task.memory.copyFrom(value, data) < size) return -EFAULT
  const found = where()
  return typeof found === 'number' ? found : setAttribute(task, found, text, data, bits)
}

function get(task: FsTask, where: () => Path | number, name: number, value: number, size: number): number {
  const text = nameOf(task, name)
  if (typeof text === 'number') return text
  const found = where()
  if (typeof found === 'number') return found
  const data = getAttribute(task, found, text)
  if (typeof data === 'number') return data
  const length = fit(data.length, size)
  return length > 0 && size > 0 && task.memory.copyTo(value, data) < length ? -EFAULT : length
}

function list(task: FsTask, found: Path | number, buffer: number, size: number): number {
  if (typeof found === 'number') return found
  const names = listAttributes(task, found)
  const length = fit(names.length, Math.min(size, LIMITS.XATTR_LIST_MAX))
  return length > 0 && size > 0 && task.memory.copyTo(buffer, bytesOf(names)) < length ? -EFAULT : length
}

function remove(task: FsTask, where: () => Path | number, name: number): number {
  const text = nameOf(task, name)
  if (typeof text === 'number') return text
  const found = where()
  return typeof found === 'number' ? found : removeAttribute(task, found, text)
}

/** setxattr(2). */
export const setxattr = /* @__PURE__ */ defineSyscall('setxattr', {
  args: [['pathname', path], ['name', cstring], ['value', valueIn], ['size', sizeT], ['flags', xattrFlags]],
  uses: [files, fs],
  level: 'full',
  run: (task, pathname, name, value, size, bits) => set(task, () => at(task, pathname, true), name, value, size, bits),
})

/** lsetxattr(2). */
export const lsetxattr = /* @__PURE__ */ defineSyscall('lsetxattr', {
  args: [['pathname', path], ['name', cstring], ['value', valueIn], ['size', sizeT], ['flags', xattrFlags]],
  uses: [files, fs],
  level: 'full',
  run: (task, pathname, name, value, size, bits) => set(task, () => at(task, pathname, false), name, value, size, bits),
})

/** fsetxattr(2). */
export const fsetxattr = /* @__PURE__ */ defineSyscall('fsetxattr', {
  args: [['fd', fd], ['name', cstring], ['value', valueIn], ['size', sizeT], ['flags', xattrFlags]],
  uses: [files, fs],
  level: 'full',
  run: (task, descriptor, name, value, size, bits) => set(task, () => open(task, descriptor), name, value, size, bits),
})

/** getxattr(2). */
export const getxattr = /* @__PURE__ */ defineSyscall('getxattr', {
  args: [['pathname', path], ['name', cstring], ['value', valueOut], ['size', sizeT]],
  uses: [files, fs],
  level: 'full',
  run: (task, pathname, name, value, size) => get(task, () => at(task, pathname, true), name, value, size),
})

/** lgetxattr(2). */
export const lgetxattr = /* @__PURE__ */ defineSyscall('lgetxattr', {
  args: [['pathname', path], ['name', cstring], ['value', valueOut], ['size', sizeT]],
  uses: [files, fs],
  level: 'full',
  run: (task, pathname, name, value, size) => get(task, () => at(task, pathname, false), name, value, size),
})

/** fgetxattr(2). */
export const fgetxattr = /* @__PURE__ */ defineSyscall('fgetxattr', {
  args: [['fd', fd], ['name', cstring], ['value', valueOut], ['size', sizeT]],
  uses: [files, fs],
  level: 'full',
  run: (task, descriptor, name, value, size) => get(task, () => open(task, descriptor), name, value, size),
})

/** listxattr(2). */
export const listxattr = /* @__PURE__ */ defineSyscall('listxattr', {
  args: [['pathname', path], ['list', bytesOut], ['size', sizeT]],
  uses: [files, fs],
  level: 'full',
  run: (task, pathname, buffer, size) => list(task, at(task, pathname, true), buffer, size),
})

/** llistxattr(2). */
export const llistxattr = /* @__PURE__ */ defineSyscall('llistxattr', {
  args: [['pathname', path], ['list', bytesOut], ['size', sizeT]],
  uses: [files, fs],
  level: 'full',
  run: (task, pathname, buffer, size) => list(task, at(task, pathname, false), buffer, size),
})

/** flistxattr(2). */
export const flistxattr = /* @__PURE__ */ defineSyscall('flistxattr', {
  args: [['fd', fd], ['list', bytesOut], ['size', sizeT]],
  uses: [files, fs],
  level: 'full',
  run: (task, descriptor, buffer, size) => list(task, open(task, descriptor), buffer, size),
})

/** removexattr(2). */
export const removexattr = /* @__PURE__ */ defineSyscall('removexattr', {
  args: [['pathname', path], ['name', cstring]],
  uses: [files, fs],
  level: 'full',
  run: (task, pathname, name) => remove(task, () => at(task, pathname, true), name),
})

/** lremovexattr(2). */
export const lremovexattr = /* @__PURE__ */ defineSyscall('lremovexattr', {
  args: [['pathname', path], ['name', cstring]],
  uses: [files, fs],
  level: 'full',
  run: (task, pathname, name) => remove(task, () => at(task, pathname, false), name),
})

/** fremovexattr(2). */
export const fremovexattr = /* @__PURE__ */ defineSyscall('fremovexattr', {
  args: [['fd', fd], ['name', cstring]],
  uses: [files, fs],
  level: 'full',
  run: (task, descriptor, name) => remove(task, () => open(task, descriptor), name),
})
