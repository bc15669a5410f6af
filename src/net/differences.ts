/**
 * Where older kernels differ visibly from 6.18 in what this stack shows: each difference has a name, and a lab profile
 * turns on those of its kernel. No code asks for a version.
 */
export interface NetDifferences {
  /**
   * What sizes the table of half-open connections that listen allocates: the backlog and tcp_max_syn_backlog, from 2.6.20
   * to 4.3, or that knob alone, before. False: there is none, and the backlog bounds them.
   */
  readonly synTableAtListen: 'backlog' | 'knob' | false
  /** While the accept queue is full a SYN is still taken unless two requests are young: its client believes to be connected. Before 4.10. */
  readonly synTakenWhileYoung: boolean
  /** Listeners are hashed by port alone. Before 5.19. */
  readonly listeningHashByPort: boolean
  /** The accept queue is full with `backlog` connections already (>=), not with one more (>). 2.6.20 and its neighbours. */
  readonly acceptQueueFullAtBacklog: boolean
  /**
   * Bits 0x400 (WO_SOCKOPT1) and 0x800 (WO_SOCKOPT2) of tcp_fastopen size the Fast Open queue of a listener by the backlog, or
   * by the upper half of the knob. Before 4.9.
   */
  readonly fastOpenSizedBySysctl: boolean
}

/** Linux 6.18 as it is. */
export const CURRENT_DIFFERENCES: NetDifferences = {
  synTableAtListen: false, synTakenWhileYoung: false, listeningHashByPort: false, acceptQueueFullAtBacklog: false, fastOpenSizedBySysctl: false,
}
