/**
 * Where older kernels differ visibly from 6.18 in what this stack shows: each difference has a name, and a lab profile
 * turns on those of its kernel. No code asks for a version.
 */
export interface NetDifferences {
  /** The SYN queue is a table sized when listen is called, and requests are not in the established hash. Before 4.4. */
  readonly synTableAtListen: boolean
  /** Listeners are hashed by port alone. Before 5.19. */
  readonly listeningHashByPort: boolean
  /** The accept queue is full with `backlog` connections already (>=), not with one more (>). 2.6.20 and its neighbours. */
  readonly acceptQueueFullAtBacklog: boolean
  /** Bits 0x400 (WO_SOCKOPT1) and 0x800 (WO_SOCKOPT2) of tcp_fastopen size the Fast Open queue of a listener by the backlog, or by the upper half of the knob. Before 4.9. */
  readonly fastOpenSizedBySysctl: boolean
}

/** Linux 6.18 as it is. */
export const CURRENT_DIFFERENCES: NetDifferences = {
  synTableAtListen: false, listeningHashByPort: false, acceptQueueFullAtBacklog: false, fastOpenSizedBySysctl: false,
}
