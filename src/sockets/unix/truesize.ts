/** sizeof(struct sk_buff) and of struct skb_shared_info, aligned to cache lines; Linux 6.18 on x86_64, measured by SIOCOUTQ. */
const SKBUFF = 256
const SHARED_INFO = 320
const PAGE = 4096
/** Linear bytes that fit a page (SKB_MAX_HEAD(0)) and four (SKB_MAX_ALLOC). */
const MAX_HEAD = PAGE - SHARED_INFO
const MAX_ALLOC = 4 * PAGE - SHARED_INFO
const MAX_FRAGMENTS = 17

/** Most bytes of one stream message: a head and 32 KiB of fragments. Linux: unix_stream_sendmsg. */
export const STREAM_CHUNK: number = MAX_HEAD + 32_768

const pages = (bytes: number): number => Math.ceil(bytes / PAGE) * PAGE

/** Linux: alloc_skb over kmalloc's size classes. */
function head(bytes: number): number {
  let size = 512
  while (size < ((bytes + 63) & ~63) + SHARED_INFO) size *= 2
  return SKBUFF + size
}

/** What a message of a stream is charged to its sender. Linux: unix_stream_sendmsg, alloc_skb_with_frags. */
export function streamTruesize(length: number): number {
  if (length <= MAX_HEAD) return head(length)
  const data = Math.min(length, pages(length - MAX_HEAD))
  return head(length - data) + pages(data)
}

/** What a datagram is charged to its sender. Linux: unix_dgram_sendmsg. */
export function datagramTruesize(length: number): number {
  if (length <= MAX_ALLOC) return head(length)
  const data = pages(Math.min(length - MAX_ALLOC, MAX_FRAGMENTS * PAGE))
  return head(Math.max(0, length - data)) + data
}

/** Small heads come from a cache of their own, unless the memory is accounted to a control group as that of AF_UNIX is (SKB_SMALL_HEAD_SIZE). */
const SMALL_HEAD = 576

/** What a datagram that the kernel makes is charged to its receiver. Linux: nlmsg_new; measured by how many acknowledgements fit SO_RCVBUF. */
export function kernelTruesize(length: number): number {
  return length <= SMALL_HEAD - SHARED_INFO ? SKBUFF + SMALL_HEAD : datagramTruesize(length)
}
