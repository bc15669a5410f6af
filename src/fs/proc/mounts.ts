import { MS_MOUNT } from '../../abi/flags/mount.js'
import type { Path } from '../../kernel/ports/fs.js'
import { pathName } from '../dentry.js'
import type { Vfs } from '../vfs.js'

/** How mount tables write what would break their columns. Linux: mangle. */
function mangle(text: string): string {
  return text.replace(/[ \t\n\\#]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`)
}

function mountOptions(flags: number): string {
  const names: [number, string][] = [
    [MS_MOUNT.MS_NOSUID, 'nosuid'], [MS_MOUNT.MS_NODEV, 'nodev'], [MS_MOUNT.MS_NOEXEC, 'noexec'], [MS_MOUNT.MS_NOATIME, 'noatime'],
    [MS_MOUNT.MS_NODIRATIME, 'nodiratime'], [MS_MOUNT.MS_RELATIME, 'relatime'],
  ]
  return [(flags & MS_MOUNT.MS_RDONLY) !== 0 ? 'ro' : 'rw', ...names.flatMap(([bit, name]) => ((flags & bit) !== 0 ? [name] : []))].join(',')
}

/** /proc/PID/mounts. Linux: show_vfsmnt. */
export function mountsText(vfs: Vfs, root: Path): string {
  return vfs.mounts.map((mount) => `${mangle(mount.source)} ${mangle(pathName({ mount, dentry: mount.root }, root))} ${mount.sb.type} ${mountOptions(mount.flags)} 0 0\n`).join('')
}
