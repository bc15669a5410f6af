import { linux319 } from '../arch/profiles/linux-3.19.js'
import { linux319Paths } from '../arch/profiles/linux-3.19-paths.js'
import { linux54 } from '../arch/profiles/linux-5.4.js'
import { linux54Paths } from '../arch/profiles/linux-5.4-paths.js'
import { linux24, linux24Paths, linux319I386, linux319I386Paths, linux54I386, linux54I386Paths } from '../arch/profiles/linux-i386.js'
import { i386, x86_64 } from '../arch/x86/architecture.js'
import type { ArchKernel } from '../arch/x86/kernel.js'
import { abi64, compat32, native32 } from '../machine/abis.js'
import type { Lab } from './lab.js'

const system64 = (release: string): Lab['profile']['system'] => ({ sysname: 'Linux', release, version: '#1 SMP', machine: 'x86_64', cpus: 1 })
const system32 = (release: string): Lab['profile']['system'] => ({ sysname: 'Linux', release, version: '#1', machine: 'i686', cpus: 1 })

function lab64(name: string, release: string, arch: ArchKernel, paths: Lab['paths']): Lab {
  return { profile: { name, release, arch, system: system64(release) }, arch: x86_64, abis: [abi64, compat32], paths, vdso: true }
}

function lab32(name: string, release: string, arch: ArchKernel, paths: Lab['paths'], vdso: boolean): Lab {
  return { profile: { name, release, arch, system: system32(release) }, arch: i386, abis: [native32], paths, vdso }
}

/** The kernels of the course: their entry and exit paths, numbers and uname; calls behave as on `current`. */
export const labs = {
  '5.4.34': /* @__PURE__ */ lab64('5.4.34', '5.4.34', linux54, linux54Paths),
  '5.4.34-i386': /* @__PURE__ */ lab32('5.4.34-i386', '5.4.34', linux54I386, linux54I386Paths, true),
  '3.19': /* @__PURE__ */ lab64('3.19', '3.19.0', linux319, linux319Paths),
  '3.19-i386': /* @__PURE__ */ lab32('3.19-i386', '3.19.0', linux319I386, linux319I386Paths, true),
  '2.4.18': /* @__PURE__ */ lab32('2.4.18', '2.4.18', linux24, linux24Paths, false),
} as const satisfies Readonly<Record<string, Lab>>
