import { EFAULT, EINVAL, EPERM } from '../../abi/errno.js'
import { bytesOf, byteString } from '../../base/bytes.js'
import { capable } from '../../kernel/creds.js'
import type { SystemFacts } from '../../kernel/kernel.js'
import type { Task } from '../../kernel/task.js'
import { int } from '../codecs.js'
import { bytes, pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

const CAP_SYS_ADMIN = 21

/** Fixed-size fields, NUL-padded: sysname, nodename, release, version, machine, then domainname when `withDomain`. */
function utsname(facts: Readonly<SystemFacts>, width: number, machine: string, withDomain: boolean): Uint8Array {
  const fields = [facts.sysname, facts.nodename, facts.release, facts.version, machine, ...(withDomain ? [facts.domainname] : [])]
  const out = new Uint8Array(fields.length * width)
  fields.forEach((field, i) => out.set(bytesOf(field.slice(0, width - 1)), i * width))
  return out
}

/** 32-bit programs see i686 where the personality says so; otherwise the kernel's own. Linux: override_architecture. */
function machineOf(task: Task): string {
  return (task.group.personality & 0xff) === 8 ? 'i686' : task.kernel.system.machine
}

function copyOut(task: Task, address: number, out: Uint8Array): number {
  return task.memory.copyTo(address, out) < out.length ? -EFAULT : 0
}

/** uname(2): 6 fields of 65 bytes. */
export const newuname = /* @__PURE__ */ defineSyscall('newuname', {
  args: [['name', /* @__PURE__ */ pointer('struct new_utsname', 'out')]],
  level: 'full',
  run: (task, name) => copyOut(task, name, utsname(task.kernel.system, 65, machineOf(task), true)),
})

/** The second uname: 5 fields of 65 bytes. */
export const uname = /* @__PURE__ */ defineSyscall('uname', {
  args: [['name', /* @__PURE__ */ pointer('struct old_utsname', 'out')]],
  level: 'full',
  run: (task, name) => (name === 0 ? -EFAULT : copyOut(task, name, utsname(task.kernel.system, 65, machineOf(task), false))),
})

/** The first uname: 5 fields of 9 bytes. */
export const olduname = /* @__PURE__ */ defineSyscall('olduname', {
  args: [['name', /* @__PURE__ */ pointer('struct oldold_utsname', 'out')]],
  level: 'full',
  run: (task, name) => (name === 0 ? -EFAULT : copyOut(task, name, utsname(task.kernel.system, 9, machineOf(task), false))),
})

function setName(task: Task, address: number, length: number, field: 'nodename' | 'domainname'): number {
  if (!capable(task.creds, CAP_SYS_ADMIN)) return -EPERM
  if (length < 0 || length > 64) return -EINVAL
  const name = new Uint8Array(length)
  if (task.memory.copyFrom(address, name) < length) return -EFAULT
  task.kernel.system[field] = byteString(name).replace(/\0.*$/s, '')
  return 0
}

const nameIn = /* @__PURE__ */ bytes('in', 'char *')

/** sethostname(2). */
export const sethostname = /* @__PURE__ */ defineSyscall('sethostname', { args: [['name', nameIn], ['len', int]], level: 'full', run: (task, name, length) => setName(task, name, length, 'nodename') })
/** setdomainname(2). */
export const setdomainname = /* @__PURE__ */ defineSyscall('setdomainname', { args: [['name', nameIn], ['len', int]], level: 'full', run: (task, name, length) => setName(task, name, length, 'domainname') })
