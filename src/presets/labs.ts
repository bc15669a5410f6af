import { linux319 } from '../arch/profiles/linux-3.19.js'
import { linux319Paths } from '../arch/profiles/linux-3.19-paths.js'
import { linux54 } from '../arch/profiles/linux-5.4.js'
import { linux54Paths } from '../arch/profiles/linux-5.4-paths.js'
import { linux24, linux24Paths, linux319I386, linux319I386Paths, linux54I386, linux54I386Paths } from '../arch/profiles/linux-i386.js'
import { i386, x86_64 } from '../arch/x86/architecture.js'
import type { ArchKernel } from '../arch/x86/kernel.js'
import { abi64, compat32, native32 } from '../machine/abis.js'
import type { SocketsOptions } from '../sockets/create-sockets.js'
import type { Lab } from './lab.js'

const system64 = (release: string): Lab['profile']['system'] => ({ sysname: 'Linux', release, version: '#1 SMP', machine: 'x86_64', cpus: 1 })
const system32 = (release: string): Lab['profile']['system'] => ({ sysname: 'Linux', release, version: '#1', machine: 'i686', cpus: 1 })

/** Networks of the labs: what listen(2) does there. Before 5.4 SOMAXCONN is 128. */
const NET_54: SocketsOptions = { differences: { listeningHashByPort: true } }
const NET_319: SocketsOptions = {
  differences: { listeningHashByPort: true, synTableAtListen: 'backlog', synTakenWhileYoung: true, fastOpenSizedBySysctl: true }, sysctl: { somaxconn: 128 },
}
const NET_24: SocketsOptions = { differences: { listeningHashByPort: true, synTableAtListen: 'knob', synTakenWhileYoung: true }, sysctl: { somaxconn: 128 } }

function lab64(name: string, release: string, arch: ArchKernel, paths: Lab['paths'], net: SocketsOptions): Lab {
  return { profile: { name, release, arch, system: system64(release) }, arch: x86_64, abis: [abi64, compat32], paths, vdso: true, net }
}

function lab32(name: string, release: string, arch: ArchKernel, paths: Lab['paths'], net: SocketsOptions, vdso = true): Lab {
  return { profile: { name, release, arch, system: system32(release) }, arch: i386, abis: [native32], paths, vdso, net }
}

/** The kernels of the course: their entry and exit paths, numbers, uname and queues of listeners; else calls behave as on `current`. */
export const labs = {
  '5.4.34': /* @__PURE__ */ lab64('5.4.34', '5.4.34', linux54, linux54Paths, NET_54),
  '5.4.34-i386': /* @__PURE__ */ lab32('5.4.34-i386', '5.4.34', linux54I386, linux54I386Paths, NET_54),
  '3.19': /* @__PURE__ */ lab64('3.19', '3.19.0', linux319, linux319Paths, NET_319),
  '3.19-i386': /* @__PURE__ */ lab32('3.19-i386', '3.19.0', linux319I386, linux319I386Paths, NET_319),
  '2.4.18': /* @__PURE__ */ lab32('2.4.18', '2.4.18', linux24, linux24Paths, NET_24, false),
} as const satisfies Readonly<Record<string, Lab>>
