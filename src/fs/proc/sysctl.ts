import { EINVAL } from '../../abi/errno.js'
import { PAGE_SIZE } from '../../memory/layout.js'
import type { FileSystem, InodeBase } from '../inode.js'
import type { FsKnobs } from '../knobs.js'
import { vfsOf, type Vfs } from '../vfs.js'
import { procPart } from './extra.js'
import { ProcText, ProcTree, type ProcWrite } from './nodes.js'
import { numbersOf } from './numbers.js'

/** A name, its text, and how it is written; without that nobody may. */
type Entry = readonly [name: string, text: () => string, store?: ProcWrite]

/** Bytes of a host's name (__NEW_UTS_LEN). */
const NAME_MAX = 64

/** A limit that is a number from 0 to INT_MAX. Linux: proc_dointvec_minmax. */
function knob(vfs: Vfs, name: string, key: keyof FsKnobs, accepted: (value: number) => number = (value) => value): Entry {
  return [name, () => `${vfs.knobs[key]}\n`, (text) => {
    const [value] = numbersOf(text, 1) ?? [NaN]
    if (value === undefined || !(value >= 0 && value < 2 ** 31)) return -EINVAL
    vfs.knobs[key] = accepted(value)
    return 0
  }]
}

/** Bytes of a pipe: a power of two of pages. Linux: round_pipe_size. */
function pipeSize(bytes: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(bytes, PAGE_SIZE)))
}

/** A line of text, at most `most` bytes. Linux: proc_dostring. */
function line(text: string, most: number): string {
  return text.replace(/[\n\0][^]*$/, '').slice(0, most)
}

/** /proc/sys; inode numbers from `ino`. */
export function sysTree(sb: FileSystem, ino: number): ProcTree {
  const { system } = sb.kernel
  const vfs = vfsOf(sb.kernel)
  const named = (name: string, key: 'nodename' | 'domainname'): Entry => [name, () => `${system[key]}\n`, (text) => {
    system[key] = line(text, NAME_MAX)
    return 0
  }]
  const group = (entries: readonly Entry[], first: number): Map<string, InodeBase> =>
    new Map(entries.map(([name, text, store = null], i): [string, InodeBase] => [name, new ProcText(sb, first + i, text, store === null ? 0o444 : 0o644, store)]))
  const kernelFiles = group([
    ['cap_last_cap', () => '40\n'], ['core_pattern', () => 'core\n'], ['core_uses_pid', () => '0\n'], named('domainname', 'domainname'), named('hostname', 'nodename'), ['ngroups_max', () => '65536\n'],
    ['osrelease', () => `${system.release}\n`], ['ostype', () => `${system.sysname}\n`], ['pid_max', () => '32768\n'], ['randomize_va_space', () => '0\n'], ['tainted', () => '0\n'],
    ['threads-max', () => `${system.maxTasks}\n`], ['version', () => `${system.version}\n`],
  ], ino + 8)
  const fsFiles = group([['file-max', () => '9223372036854775807\n'], ['nr_open', () => '1048576\n'], ['suid_dumpable', () => '0\n'], ['protected_hardlinks', () => '1\n'], ['protected_symlinks', () => '0\n'], knob(vfs, 'pipe-max-size', 'pipeMaxSize', pipeSize)], ino + 24)
  fsFiles.set('inotify', new ProcTree(sb, ino + 4, group([
    knob(vfs, 'max_queued_events', 'inotifyEvents'), knob(vfs, 'max_user_instances', 'inotifyInstances'), knob(vfs, 'max_user_watches', 'inotifyWatches'),
  ], ino + 40)))
  const vmFiles = group([['max_map_count', () => '65530\n'], ['mmap_min_addr', () => '65536\n'], ['overcommit_memory', () => '0\n'], ['overcommit_ratio', () => '50\n'], ['swappiness', () => '60\n']], ino + 32)
  return new SysRoot(sb, ino, new Map<string, InodeBase>([
    ['fs', new ProcTree(sb, ino + 1, fsFiles)], ['kernel', new ProcTree(sb, ino + 2, kernelFiles)], ['vm', new ProcTree(sb, ino + 3, vmFiles)],
  ]))
}

/** /proc/sys: what subsystems add stands beside what is always there. */
class SysRoot extends ProcTree {
  override names(): readonly (readonly [string, number])[] {
    const net = procPart(this.sb, 'sys/net')
    return net === null ? super.names() : [...super.names(), ['net', net.mode] as const]
  }
  override find(name: string): InodeBase | null {
    return super.find(name) ?? (name === 'net' ? procPart(this.sb, 'sys/net') : null)
  }
}
