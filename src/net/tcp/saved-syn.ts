import type { SkBuff } from '../skb.js'
import { emitPacket } from '../wire/packet.js'
import type { RequestSock } from './request-sock.js'
import type { TcpSock } from './tcp-sock.js'

/** Keeps the headers of a SYN for TCP_SAVED_SYN: network and TCP header without data. Linux: tcp_reqsk_record_syn. */
export function recordSyn(sk: TcpSock, req: RequestSock, skb: SkBuff): void {
  if (sk.settings.saveSyn === 0) return
  const bytes = emitPacket(skb)
  req.savedSyn = bytes.slice(0, bytes.length - skb.length)
}
