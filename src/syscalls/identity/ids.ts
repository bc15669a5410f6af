import { EFAULT, EINVAL, EPERM } from '../../abi/errno.js'
import { capable, commitCreds, type Creds } from '../../kernel/creds.js'
import type { Task } from '../../kernel/task.js'
import { gid, gid16, int, uid, uid16 } from '../codecs.js'
import { array, pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

const CAP_SETGID = 6
const CAP_SETUID = 7
const SECBIT_KEEP_CAPS = 1 << 4
const SECBIT_NO_SETUID_FIXUP = 1 << 2
/** (uid_t)-1: leave as it is. */
const SAME = 0xffffffff

const uidOut = /* @__PURE__ */ pointer('uid_t', 'out')
const gidOut = /* @__PURE__ */ pointer('gid_t', 'out')
const uid16Out = /* @__PURE__ */ pointer('old_uid_t', 'out')
const gid16Out = /* @__PURE__ */ pointer('old_gid_t', 'out')

/** What giving up or taking root does to capabilities. Linux: cap_emulate_setxuid. */
function fixCapabilities(old: Creds, next: Creds): Creds {
  if ((old.securebits & SECBIT_NO_SETUID_FIXUP) !== 0) return next
  const hadRoot = old.uid === 0 || old.euid === 0 || old.suid === 0
  const hasRoot = next.uid === 0 || next.euid === 0 || next.suid === 0
  let { permitted, effective, ambient } = next
  if (hadRoot && !hasRoot) {
    if ((old.securebits & SECBIT_KEEP_CAPS) === 0) {
      permitted = [0, 0]
      effective = [0, 0]
    }
    ambient = [0, 0]
  }
  if (old.euid === 0 && next.euid !== 0) effective = [0, 0]
  if (old.euid !== 0 && next.euid === 0) effective = permitted
  return { ...next, permitted, effective, ambient }
}

function commit(task: Task, next: Creds): number {
  commitCreds(task, fixCapabilities(task.creds, next))
  return 0
}

/** File-system capabilities that follow fsuid. Linux: cap_task_fix_setuid, LSM_SETID_FS. */
const FS_CAPS_LOW = 0x1f | (1 << 9) | (1 << 27) // CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID LINUX_IMMUTABLE MKNOD
const FS_CAPS_HIGH = 1 // MAC_OVERRIDE

/** setuid(2). Linux: kernel/sys.c, __sys_setuid. */
function doSetuid(task: Task, id: number): number {
  const { creds } = task
  if (id === SAME) return -EINVAL
  if (capable(creds, CAP_SETUID)) return commit(task, { ...creds, uid: id, suid: id, euid: id, fsuid: id })
  if (id !== creds.uid && id !== creds.suid) return -EPERM
  return commit(task, { ...creds, euid: id, fsuid: id })
}

/** setgid(2). Linux: __sys_setgid. */
function doSetgid(task: Task, id: number): number {
  const { creds } = task
  if (id === SAME) return -EINVAL
  if (capable(creds, CAP_SETGID)) return commit(task, { ...creds, gid: id, sgid: id, egid: id, fsgid: id })
  if (id !== creds.gid && id !== creds.sgid) return -EPERM
  return commit(task, { ...creds, egid: id, fsgid: id })
}

/** setreuid(2). Linux: __sys_setreuid. */
function doSetreuid(task: Task, ruid: number, euid: number): number {
  const { creds } = task
  const may = capable(creds, CAP_SETUID)
  const next = { ...creds }
  if (ruid !== SAME) {
    if (creds.uid !== ruid && creds.euid !== ruid && !may) return -EPERM
    next.uid = ruid
  }
  if (euid !== SAME) {
    if (creds.uid !== euid && creds.euid !== euid && creds.suid !== euid && !may) return -EPERM
    next.euid = euid
  }
  if (ruid !== SAME || (euid !== SAME && euid !== creds.uid)) next.suid = next.euid
  next.fsuid = next.euid
  return commit(task, next)
}

/** setregid(2). Linux: __sys_setregid. */
function doSetregid(task: Task, rgid: number, egid: number): number {
  const { creds } = task
  const may = capable(creds, CAP_SETGID)
  const next = { ...creds }
  if (rgid !== SAME) {
    if (creds.gid !== rgid && creds.egid !== rgid && !may) return -EPERM
    next.gid = rgid
  }
  if (egid !== SAME) {
    if (creds.gid !== egid && creds.egid !== egid && creds.sgid !== egid && !may) return -EPERM
    next.egid = egid
  }
  if (rgid !== SAME || (egid !== SAME && egid !== creds.gid)) next.sgid = next.egid
  next.fsgid = next.egid
  return commit(task, next)
}

/** setresuid(2). Linux: __sys_setresuid. */
function doSetresuid(task: Task, ruid: number, euid: number, suid: number): number {
  const { creds } = task
  const known = (id: number): boolean => id === SAME || id === creds.uid || id === creds.euid || id === creds.suid
  if (!capable(creds, CAP_SETUID) && !(known(ruid) && known(euid) && known(suid))) return -EPERM
  const next = { ...creds }
  if (ruid !== SAME) next.uid = ruid
  if (euid !== SAME) next.euid = euid
  if (suid !== SAME) next.suid = suid
  next.fsuid = next.euid
  return commit(task, next)
}

/** setresgid(2). Linux: __sys_setresgid. */
function doSetresgid(task: Task, rgid: number, egid: number, sgid: number): number {
  const { creds } = task
  const known = (id: number): boolean => id === SAME || id === creds.gid || id === creds.egid || id === creds.sgid
  if (!capable(creds, CAP_SETGID) && !(known(rgid) && known(egid) && known(sgid))) return -EPERM
  const next = { ...creds }
  if (rgid !== SAME) next.gid = rgid
  if (egid !== SAME) next.egid = egid
  if (sgid !== SAME) next.sgid = sgid
  next.fsgid = next.egid
  return commit(task, next)
}

/** setfsuid(2): returns the old one, whatever happens. Linux: __sys_setfsuid. */
function doSetfsuid(task: Task, id: number): number {
  const { creds } = task
  const allowed = id === creds.uid || id === creds.euid || id === creds.suid || id === creds.fsuid || capable(creds, CAP_SETUID)
  if (id !== SAME && allowed && id !== creds.fsuid) {
    let { effective } = creds
    if (creds.fsuid === 0 && id !== 0) effective = [effective[0] & ~FS_CAPS_LOW, effective[1] & ~FS_CAPS_HIGH]
    if (creds.fsuid !== 0 && id === 0) effective = [effective[0] | (creds.permitted[0] & FS_CAPS_LOW), effective[1] | (creds.permitted[1] & FS_CAPS_HIGH)]
    commitCreds(task, { ...creds, fsuid: id, effective })
  }
  return creds.fsuid | 0
}

/** setfsgid(2). Linux: __sys_setfsgid. */
function doSetfsgid(task: Task, id: number): number {
  const { creds } = task
  const allowed = id === creds.gid || id === creds.egid || id === creds.sgid || id === creds.fsgid || capable(creds, CAP_SETGID)
  if (id !== SAME && allowed) commitCreds(task, { ...creds, fsgid: id })
  return creds.fsgid | 0
}

/** 16-bit ids: 0xffff means leave as it is. Linux: low2highuid. */
const wide = (id: number): number => (id === 0xffff ? SAME : id)
/** Ids beyond 16 bits look like 65534 to old calls. Linux: high2lowuid. */
const narrow = (id: number): number => (id > 0xffff ? 65534 : id)

function put32(task: Task, ...pairs: [number, number][]): number {
  for (const [address, id] of pairs) if (task.memory.putU32(address, id) !== 0) return -EFAULT
  return 0
}

function put16(task: Task, ...pairs: [number, number][]): number {
  for (const [address, id] of pairs) if (task.memory.copyTo(address, Uint8Array.of(narrow(id), narrow(id) >> 8)) < 2) return -EFAULT
  return 0
}

/** getuid(2) and its kin return an unsigned id, which a 64-bit register holds zero-extended. */
export const getuid = /* @__PURE__ */ defineSyscall('getuid', { args: [], level: 'full', run: (task) => task.creds.uid })
/** geteuid(2). */
export const geteuid = /* @__PURE__ */ defineSyscall('geteuid', { args: [], level: 'full', run: (task) => task.creds.euid })
/** getgid(2). */
export const getgid = /* @__PURE__ */ defineSyscall('getgid', { args: [], level: 'full', run: (task) => task.creds.gid })
/** getegid(2). */
export const getegid = /* @__PURE__ */ defineSyscall('getegid', { args: [], level: 'full', run: (task) => task.creds.egid })
/** getuid(2) of old 32-bit programs. */
export const getuid16 = /* @__PURE__ */ defineSyscall('getuid16', { args: [], level: 'full', run: (task) => narrow(task.creds.uid) })
/** geteuid(2) of old 32-bit programs. */
export const geteuid16 = /* @__PURE__ */ defineSyscall('geteuid16', { args: [], level: 'full', run: (task) => narrow(task.creds.euid) })
/** getgid(2) of old 32-bit programs. */
export const getgid16 = /* @__PURE__ */ defineSyscall('getgid16', { args: [], level: 'full', run: (task) => narrow(task.creds.gid) })
/** getegid(2) of old 32-bit programs. */
export const getegid16 = /* @__PURE__ */ defineSyscall('getegid16', { args: [], level: 'full', run: (task) => narrow(task.creds.egid) })

/** setuid(2). */
export const setuid = /* @__PURE__ */ defineSyscall('setuid', { args: [['uid', uid]], level: 'full', run: doSetuid })
/** setgid(2). */
export const setgid = /* @__PURE__ */ defineSyscall('setgid', { args: [['gid', gid]], level: 'full', run: doSetgid })
/** setreuid(2). */
export const setreuid = /* @__PURE__ */ defineSyscall('setreuid', { args: [['ruid', uid], ['euid', uid]], level: 'full', run: doSetreuid })
/** setregid(2). */
export const setregid = /* @__PURE__ */ defineSyscall('setregid', { args: [['rgid', gid], ['egid', gid]], level: 'full', run: doSetregid })
/** setresuid(2). */
export const setresuid = /* @__PURE__ */ defineSyscall('setresuid', { args: [['ruid', uid], ['euid', uid], ['suid', uid]], level: 'full', run: doSetresuid })
/** setresgid(2). */
export const setresgid = /* @__PURE__ */ defineSyscall('setresgid', { args: [['rgid', gid], ['egid', gid], ['sgid', gid]], level: 'full', run: doSetresgid })
/** setfsuid(2). */
export const setfsuid = /* @__PURE__ */ defineSyscall('setfsuid', { args: [['uid', uid]], level: 'full', run: doSetfsuid })
/** setfsgid(2). */
export const setfsgid = /* @__PURE__ */ defineSyscall('setfsgid', { args: [['gid', gid]], level: 'full', run: doSetfsgid })
/** setuid(2) with 16 bits. */
export const setuid16 = /* @__PURE__ */ defineSyscall('setuid16', { args: [['uid', uid16]], level: 'full', run: (task, id) => doSetuid(task, wide(id)) })
/** setgid(2) with 16 bits. */
export const setgid16 = /* @__PURE__ */ defineSyscall('setgid16', { args: [['gid', gid16]], level: 'full', run: (task, id) => doSetgid(task, wide(id)) })
/** setreuid(2) with 16 bits. */
export const setreuid16 = /* @__PURE__ */ defineSyscall('setreuid16', { args: [['ruid', uid16], ['euid', uid16]], level: 'full', run: (task, r, e) => doSetreuid(task, wide(r), wide(e)) })
/** setregid(2) with 16 bits. */
export const setregid16 = /* @__PURE__ */ defineSyscall('setregid16', { args: [['rgid', gid16], ['egid', gid16]], level: 'full', run: (task, r, e) => doSetregid(task, wide(r), wide(e)) })
/** setresuid(2) with 16 bits. */
export const setresuid16 = /* @__PURE__ */ defineSyscall('setresuid16', { args: [['ruid', uid16], ['euid', uid16], ['suid', uid16]], level: 'full', run: (task, r, e, s) => doSetresuid(task, wide(r), wide(e), wide(s)) })
/** setresgid(2) with 16 bits. */
export const setresgid16 = /* @__PURE__ */ defineSyscall('setresgid16', { args: [['rgid', gid16], ['egid', gid16], ['sgid', gid16]], level: 'full', run: (task, r, e, s) => doSetresgid(task, wide(r), wide(e), wide(s)) })
/** setfsuid(2) with 16 bits. */
export const setfsuid16 = /* @__PURE__ */ defineSyscall('setfsuid16', { args: [['uid', uid16]], level: 'full', run: (task, id) => narrow(doSetfsuid(task, wide(id)) >>> 0) })
/** setfsgid(2) with 16 bits. */
export const setfsgid16 = /* @__PURE__ */ defineSyscall('setfsgid16', { args: [['gid', gid16]], level: 'full', run: (task, id) => narrow(doSetfsgid(task, wide(id)) >>> 0) })

/** getresuid(2). */
export const getresuid = /* @__PURE__ */ defineSyscall('getresuid', { args: [['ruidp', uidOut], ['euidp', uidOut], ['suidp', uidOut]], level: 'full', run: (task, r, e, s) => put32(task, [r, task.creds.uid], [e, task.creds.euid], [s, task.creds.suid]) })
/** getresgid(2). */
export const getresgid = /* @__PURE__ */ defineSyscall('getresgid', { args: [['rgidp', gidOut], ['egidp', gidOut], ['sgidp', gidOut]], level: 'full', run: (task, r, e, s) => put32(task, [r, task.creds.gid], [e, task.creds.egid], [s, task.creds.sgid]) })
/** getresuid(2) with 16 bits. */
export const getresuid16 = /* @__PURE__ */ defineSyscall('getresuid16', { args: [['ruidp', uid16Out], ['euidp', uid16Out], ['suidp', uid16Out]], level: 'full', run: (task, r, e, s) => put16(task, [r, task.creds.uid], [e, task.creds.euid], [s, task.creds.suid]) })
/** getresgid(2) with 16 bits. */
export const getresgid16 = /* @__PURE__ */ defineSyscall('getresgid16', { args: [['rgidp', gid16Out], ['egidp', gid16Out], ['sgidp', gid16Out]], level: 'full', run: (task, r, e, s) => put16(task, [r, task.creds.gid], [e, task.creds.egid], [s, task.creds.sgid]) })

const groupsOut = /* @__PURE__ */ array('gid_t', 'out', -1)
const groupsIn = /* @__PURE__ */ array('gid_t', 'in', -1)
const groups16Out = /* @__PURE__ */ array('old_gid_t', 'out', -1)
const groups16In = /* @__PURE__ */ array('old_gid_t', 'in', -1)
const NGROUPS_MAX = 65536

function doGetgroups(task: Task, size: number, list: number, width: 2 | 4): number {
  const { groups } = task.creds
  if (size < 0) return -EINVAL
  if (size === 0) return groups.length
  if (groups.length > size) return -EINVAL
  const bytes = new DataView(new ArrayBuffer(groups.length * width))
  groups.forEach((id, i) => (width === 4 ? bytes.setUint32(4 * i, id, true) : bytes.setUint16(2 * i, narrow(id), true)))
  return task.memory.copyTo(list, new Uint8Array(bytes.buffer)) < bytes.byteLength ? -EFAULT : groups.length
}

function doSetgroups(task: Task, size: number, list: number, width: 2 | 4): number {
  if (!capable(task.creds, CAP_SETGID)) return -EPERM
  if (size < 0 || size > NGROUPS_MAX) return -EINVAL
  const bytes = new Uint8Array(size * width)
  if (task.memory.copyFrom(list, bytes) < bytes.length) return -EFAULT
  const view = new DataView(bytes.buffer)
  const groups = Array.from({ length: size }, (_, i) => (width === 4 ? view.getUint32(4 * i, true) : wide(view.getUint16(2 * i, true))))
  if (groups.includes(SAME)) return -EINVAL
  commitCreds(task, { ...task.creds, groups: groups.sort((a, b) => a - b) })
  return 0
}

/** getgroups(2). */
export const getgroups = /* @__PURE__ */ defineSyscall('getgroups', { args: [['gidsetsize', int], ['grouplist', groupsOut]], level: 'full', run: (task, size, list) => doGetgroups(task, size, list, 4) })
/** setgroups(2). */
export const setgroups = /* @__PURE__ */ defineSyscall('setgroups', { args: [['gidsetsize', int], ['grouplist', groupsIn]], level: 'full', run: (task, size, list) => doSetgroups(task, size, list, 4) })
/** getgroups(2) with 16 bits. */
export const getgroups16 = /* @__PURE__ */ defineSyscall('getgroups16', { args: [['gidsetsize', int], ['grouplist', groups16Out]], level: 'full', run: (task, size, list) => doGetgroups(task, size, list, 2) })
/** setgroups(2) with 16 bits. */
export const setgroups16 = /* @__PURE__ */ defineSyscall('setgroups16', { args: [['gidsetsize', int], ['grouplist', groups16In]], level: 'full', run: (task, size, list) => doSetgroups(task, size, list, 2) })

