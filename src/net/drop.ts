import type { NetStack } from './stack.js'
import type { SkBuff } from './skb.js'

/** Tells the listeners of `drop` that a packet went nowhere, with Linux's reason (enum skb_drop_reason). Linux: the tracepoint skb:kfree_skb. */
export function dropPacket(net: NetStack, skb: SkBuff, reason: string): void {
  if (net.events.has('drop')) net.events.emit('drop', { skb, reason })
}
