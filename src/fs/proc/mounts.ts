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

/** /proc/PID/mountinfo. Linux: show_mountinfo. */
export function mountInfoText(vfs: Vfs, root: Path): string {
  return vfs.mounts.map((mount) => {
    const { dev, type, readOnly } = mount.sb
    const inside = mangle(pathName({ mount, dentry: mount.root }, { mount, dentry: mount.sb.root }, false))
    const at = mangle(pathName({ mount, dentry: mount.root }, root))
    const device = `${Math.floor(dev / 0x100000)}:${dev & 0xfffff}`
    return `${mount.id} ${mount.parent?.id ?? 1} ${device} ${inside} ${at} ${mountOptions(mount.flags)} - ${type} ${mangle(mount.source)} ${readOnly ? 'ro' : 'rw'}\n`
  }).join('')
}

/** /proc/PID/mounts. Linux: show_vfsmnt. */
export function mountsText(vfs: Vfs, root: Path): string {
  return vfs.mounts.map((mount) => `${mangle(mount.source)} ${mangle(pathName({ mount, dentry: mount.root }, root))} ${mount.sb.type} ${mountOptions(mount.flags)} 0 0\n`).join('')
}
