import type { Kernel } from '../kernel/kernel.js'

/** Limits of file systems that root may change in /proc/sys/fs. */
export interface FsKnobs {
  /** Inotify descriptors of a user, watches of a user, and events that one descriptor keeps. */
  inotifyInstances: number
  inotifyWatches: number
  inotifyEvents: number
  /** Bytes that a pipe may be given without CAP_SYS_RESOURCE. */
  pipeMaxSize: number
}

/** Bytes of kernel memory that a watch is taken to cost (INOTIFY_WATCH_COST), of which watches may use a hundredth of the memory. */
const WATCH_COST = 1136

/** What a kernel starts with. Linux: inotify_user_setup, pipe_max_size. */
export function initialKnobs(kernel: Kernel): FsKnobs {
  const affordable = Math.floor((kernel.memory.total * 4096) / 100 / WATCH_COST)
  return { inotifyInstances: 128, inotifyWatches: Math.min(1_048_576, Math.max(8192, affordable)), inotifyEvents: 16_384, pipeMaxSize: 1_048_576 }
}
