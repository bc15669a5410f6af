import type { Kernel } from '../../kernel/kernel.js'
import type { SavedParts, Service, Subsystem } from '../../kernel/ports/subsystem.js'
import type { AddressSpace } from '../../memory/address-space.js'
import { PAGE_SIZE } from '../../memory/layout.js'
import { PROT, VM, type Backing } from '../../memory/vma.js'
import { vdso32, vdso64, VDSO_SIZE, type VdsoImage, type VsyscallVariant } from './vdso.js'
import { updateVvar, VVAR_CLOCK_MODE, VVAR_PAGES, VVAR_VCLOCK_PAGES } from './vvar.js'
import { findFreeRange, insertMapping } from '../../memory/mappings.js'

/** Nanoseconds of a tick at HZ=250. */
const TICK = 4_000_000

/** Options of {@link createVdso}. */
export interface VdsoOptions {
  /** How 32-bit programs enter the kernel; default Intel's 'sysenter'. */
  variant?: VsyscallVariant
  /** Whether programs may read clocks without a system call; default true. False makes the vDSO fall back to real calls. */
  clocks?: boolean
}

/** Pages of a kernel that all its programs map: images and time data. */
export class Vdso implements Service<Vdso> {
  private readonly kernel: Kernel
  private readonly options: VdsoOptions
  /** Frame of the time data; 0 before the first program. */
  private dataFrame = 0
  private readonly images = new Map<64 | 32, { image: VdsoImage; backing: Backing }>()
  private readonly data: VdsoPages
  private readonly nothing: VdsoPages

  constructor(kernel: Kernel, options: VdsoOptions) {
    this.kernel = kernel
    this.options = options
    this.data = new VdsoPages(kernel, '[vvar]')
    this.nothing = new VdsoPages(kernel, '[vvar_vclock]')
  }

  saving(): SavedParts {
    return { classes: { VdsoPages }, filled: { vdso: this }, kept: { options: this.options } }
  }

  /** Tasks share it. */
  attach(): Vdso {
    return this
  }

  /**
   * Maps data and image for a program, below what is mapped already. Linux: map_vdso.
   *
   * @returns the image and its address, or -ENOMEM
   */
  map(space: AddressSpace, is64: boolean): { image: VdsoImage; address: number } | number {
    const loaded = this.load(is64 ? 64 : 32)
    if (loaded === null) return -12
    const below = (VVAR_PAGES + VVAR_VCLOCK_PAGES) * PAGE_SIZE
    const start = findFreeRange(space, below + VDSO_SIZE)
    if (start < 0) return start
    const flags = VM.special
    const clocks = start + VVAR_PAGES * PAGE_SIZE
    const address = start + below
    insertMapping(space, { start, end: clocks, prot: PROT.read, maxProt: PROT.read, flags, backing: this.data, offset: 0, label: '[vvar]' })
    insertMapping(space, { start: clocks, end: address, prot: PROT.read, maxProt: PROT.read, flags, backing: this.nothing, offset: 0, label: '[vvar_vclock]' })
    const code = { prot: PROT.read | PROT.exec, maxProt: 7, flags, backing: loaded.backing, offset: 0, label: '[vdso]' }
    insertMapping(space, { start: address, end: address + VDSO_SIZE, ...code })
    space.vdso = address
    if (!is64) {
      space.vdsoSigreturn = address + loaded.image.symbols.sigreturn
      space.vdsoRtSigreturn = address + loaded.image.symbols.rtSigreturn
    }
    this.refresh()
    return { image: loaded.image, address }
  }

  /**
   * Writes the time data; to be called after the clocks were set (clock_settime, adjtimex). The time stamp counter
   * counts nanoseconds of the monotonic clock.
   */
  refresh(): void {
    if (this.dataFrame === 0) return
    const now = this.kernel.clock.monotonic()
    const coarse = now - (now % TICK)
    const at = (ns: number): { seconds: number; nanoseconds: number } => ({ seconds: Math.floor(ns / 1e9), nanoseconds: ns % 1e9 })
    const realtime = this.kernel.realtime()
    updateVvar(this.kernel.memory, this.dataFrame * PAGE_SIZE, {
      mode: this.options.clocks === false ? VVAR_CLOCK_MODE.none : VVAR_CLOCK_MODE.tsc,
      tsc: [now >>> 0, Math.floor(now / 4294967296)],
      mult: 1, shift: 0, tick: TICK, tickPhase: now - coarse,
      realtime, tai: { ...realtime, seconds: realtime.seconds + this.kernel.taiOffset },
      realtimeCoarse: this.kernel.realtimeCoarse(TICK),
      monotonic: at(now), monotonicRaw: at(now), boottime: at(now), monotonicCoarse: at(coarse),
    })
    this.kernel.memory.wrote(this.dataFrame)
  }

  private load(bits: 64 | 32): { image: VdsoImage; backing: Backing } | null {
    const { memory } = this.kernel
    if (this.dataFrame === 0) this.data.frame = this.dataFrame = memory.allocate()
    const have = this.images.get(bits)
    if (have !== undefined || this.dataFrame === 0) return have ?? null
    const frame = memory.allocateRun(VDSO_SIZE / PAGE_SIZE)
    if (frame === 0) return null
    const version = versionCode(this.kernel.system.release)
    const image = bits === 64 ? vdso64(version) : vdso32(this.options.variant ?? 'sysenter', version)
    memory.u8.set(image.bytes, frame * PAGE_SIZE)
    const loaded = { image, backing: new VdsoPages(this.kernel, '[vdso]', frame, VDSO_SIZE / PAGE_SIZE) }
    this.images.set(bits, loaded)
    return loaded
  }
}

/** Consecutive frames behind a mapping; without one, every access is past the end. */
class VdsoPages implements Backing {
  readonly id: number
  readonly name: string
  frame: number
  private readonly count: number
  constructor(kernel: Kernel, name: string, frame = 0, count = 1) {
    this.id = kernel.newId()
    this.name = name
    this.frame = frame
    this.count = count
  }
  page(index: number): number {
    return this.frame === 0 || index >= this.count ? -1 : this.frame + index
  }
  dirty(): void {}
  mapped(): void {}
}

/** KERNEL_VERSION of a release such as '6.18.0-generic'. */
function versionCode(release: string): number {
  const [major = 0, minor = 0, patch = 0] = release.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0)
  return (major << 16) | (minor << 8) | Math.min(patch, 255)
}

/**
 * The vDSO of a machine. Without it programs get none, as with the boot parameter `vdso=0`.
 *
 * @example
 * new Machine({ …, subsystems: [createVdso()], formats: binaryFormats(elf) })
 */
export function createVdso(options: VdsoOptions = {}): Subsystem<'vdso', Vdso> {
  return { key: 'vdso', version: 1, create: (kernel) => createService(kernel, options) }
}

function createService(kernel: Kernel, options: VdsoOptions): Vdso {
  const vdso = new Vdso(kernel, options)
  kernel.onClockSet.push(() => vdso.refresh())
  return vdso
}

/** The machine's vDSO, or null when it was composed without. */
export function vdsoOf(kernel: Kernel): Vdso | null {
  const service = kernel.services.get('vdso')
  return service instanceof Vdso ? service : null
}
