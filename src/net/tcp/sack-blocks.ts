import { MIB } from '../mib.js'
import { after, before } from '../seq.js'
import { tcpSackCompressSendAck } from './delayed-ack.js'
import { NO_OUT_OF_ORDER, type SackBlock } from './rare-state.js'
import type { TcpSock } from './tcp-sock.js'

/** Blocks that are kept to be sent. Linux: TCP_NUM_SACKS. */
const NUM_SACKS = 4
/** Blocks that surely fit into an ACK; more make the held back one go out. Linux: TCP_SACK_BLOCKS_EXPECTED. */
const BLOCKS_EXPECTED = 2

/** Widens a block by one that touches it. @returns false where they lie apart. Linux: tcp_sack_extend */
function sackExtend(block: SackBlock, seq: number, endSeq: number): boolean {
  if (after(seq, block.end) || after(block.start, endSeq)) return false
  if (before(seq, block.start)) block.start = seq
  if (after(endSeq, block.end)) block.end = endSeq
  return true
}

/** The next ACK says that this came twice (RFC 2883 section 4). Linux: tcp_dsack_set. */
export function tcpDsackSet(sk: TcpSock, seq: number, endSeq: number): void {
  const { net } = sk
  if (!sk.tcb.sackOk || net.sysctl.tcp_dsack === 0) return
  net.mib[before(seq, sk.tcb.rcvNxt) ? MIB.TCPDSACKOldSent : MIB.TCPDSACKOfoSent]!++
  const ofo = sk.ownOutOfOrder()
  ofo.dsackPending = true
  if (ofo.duplicateSack === null) ofo.duplicateSack = { start: seq, end: endSeq }
  else {
    ofo.duplicateSack.start = seq
    ofo.duplicateSack.end = endSeq
  }
}

/** The same, added to what it says already. Linux: tcp_dsack_extend. */
export function tcpDsackExtend(sk: TcpSock, seq: number, endSeq: number): void {
  if (!sk.outOfOrder.dsackPending || sk.outOfOrder.duplicateSack === null) tcpDsackSet(sk, seq, endSeq)
  else sackExtend(sk.outOfOrder.duplicateSack, seq, endSeq)
}

/** The first block grew: takes those in that it now touches. Linux: tcp_sack_maybe_coalesce. */
function maybeCoalesce(blocks: SackBlock[]): void {
  const first = blocks[0]!
  for (let i = 1; i < blocks.length; ) {
    if (sackExtend(first, blocks[i]!.start, blocks[i]!.end)) blocks.splice(i, 1)
    else i++
  }
}

/** Out-of-order data came: its block becomes the first (RFC 2018 section 4). Linux: tcp_sack_new_ofo_skb. */
export function tcpSackNewOfoSkb(sk: TcpSock, seq: number, endSeq: number): void {
  const blocks = sk.outOfOrder.selectiveAcks
  for (let i = 0; i < blocks.length; i++) {
    const block = blocks[i]!
    if (!sackExtend(block, seq, endSeq)) continue
    if (i >= BLOCKS_EXPECTED) tcpSackCompressSendAck(sk)
    blocks.copyWithin(1, 0, i)
    blocks[0] = block
    maybeCoalesce(blocks)
    return
  }
  if (blocks.length >= BLOCKS_EXPECTED) tcpSackCompressSendAck(sk)
  if (blocks.length >= NUM_SACKS) blocks.pop()
  blocks.unshift({ start: seq, end: endSeq })
}

/** rcvNxt advanced: blocks below it are done with. Linux: tcp_sack_remove. */
export function tcpSackRemove(sk: TcpSock): void {
  const blocks = sk.outOfOrder.selectiveAcks
  if (sk.outOfOrder.queue === null || sk.outOfOrder.queue.head === null) {
    blocks.length = 0
    return
  }
  for (let i = 0; i < blocks.length; ) {
    if (before(sk.tcb.rcvNxt, blocks[i]!.start)) i++
    else blocks.splice(i, 1)
  }
}

/** Forgets what would be told. Linux: tcp_sack_reset. */
export function tcpSackReset(sk: TcpSock): void {
  if (sk.outOfOrder === NO_OUT_OF_ORDER) return
  const ofo = sk.ownOutOfOrder()
  ofo.dsackPending = false
  ofo.selectiveAcks.length = 0
}
