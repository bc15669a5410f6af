// Generated from facts/structs.txt by scripts/renew-structs.mjs with linux/socket.h, linux/in.h, linux/in6.h, linux/un.h, linux/netlink.h, linux/if_packet.h; do not edit.

/** struct user_msghdr of sendmsg(2) (include/linux/socket.h). Data model lp64. */
export const MSGHDR_LP64 = {
  size: 56,
  fields: {
    msg_name: [0, 'ptr64'], msg_namelen: [8, 'i32'], msg_iov: [16, 'ptr64'], msg_iovlen: [24, 'u64'], msg_control: [32, 'ptr64'],
    msg_controllen: [40, 'u64'], msg_flags: [48, 'u32'],
  },
} as const

/** struct user_msghdr of sendmsg(2) (include/linux/socket.h). Data model ilp32. */
export const MSGHDR_ILP32 = {
  size: 28,
  fields: {
    msg_name: [0, 'ptr32'], msg_namelen: [4, 'i32'], msg_iov: [8, 'ptr32'], msg_iovlen: [12, 'u32'], msg_control: [16, 'ptr32'],
    msg_controllen: [20, 'u32'], msg_flags: [24, 'u32'],
  },
} as const

/** struct user_msghdr of sendmsg(2) (include/linux/socket.h). Data model x32. */
export const MSGHDR_X32 = MSGHDR_ILP32

/** An element of sendmmsg(2). Data model lp64. */
export const MMSGHDR_LP64 = {
  size: 64,
  fields: {
    msg_hdr_msg_name: [0, 'ptr64'], msg_len: [56, 'u32'],
  },
} as const

/** An element of sendmmsg(2). Data model ilp32. */
export const MMSGHDR_ILP32 = {
  size: 32,
  fields: {
    msg_hdr_msg_name: [0, 'ptr32'], msg_len: [28, 'u32'],
  },
} as const

/** An element of sendmmsg(2). Data model x32. */
export const MMSGHDR_X32 = MMSGHDR_ILP32

/** Header of a control message; the data follows. Data model lp64. */
export const CMSGHDR_LP64 = {
  size: 16,
  fields: {
    cmsg_len: [0, 'u64'], cmsg_level: [8, 'i32'], cmsg_type: [12, 'i32'],
  },
} as const

/** Header of a control message; the data follows. Data model ilp32. */
export const CMSGHDR_ILP32 = {
  size: 12,
  fields: {
    cmsg_len: [0, 'u32'], cmsg_level: [4, 'i32'], cmsg_type: [8, 'i32'],
  },
} as const

/** Header of a control message; the data follows. Data model x32. */
export const CMSGHDR_X32 = CMSGHDR_ILP32

/** Address of AF_UNIX. */
export const SOCKADDR_UN = {
  size: 110,
  fields: {
    sun_family: [0, 'u16'], sun_path: [2, 'i8', 108],
  },
} as const

/** Address of AF_INET; port and address in network order. */
export const SOCKADDR_IN = {
  size: 16,
  fields: {
    sin_family: [0, 'u16'], sin_port: [2, 'u16'], sin_addr_s_addr: [4, 'u32'],
  },
} as const

/** Address of AF_INET6; port and address in network order. */
export const SOCKADDR_IN6 = {
  size: 28,
  fields: {
    sin6_family: [0, 'u16'], sin6_port: [2, 'u16'], sin6_flowinfo: [4, 'u32'], sin6_addr_s6_addr: [8, 'u8', 16], sin6_scope_id: [24, 'u32'],
  },
} as const

/** Address of AF_NETLINK. */
export const SOCKADDR_NL = {
  size: 12,
  fields: {
    nl_family: [0, 'u16'], nl_pid: [4, 'u32'], nl_groups: [8, 'u32'],
  },
} as const

/** Address of AF_PACKET. */
export const SOCKADDR_LL = {
  size: 20,
  fields: {
    sll_family: [0, 'u16'], sll_protocol: [2, 'u16'], sll_ifindex: [4, 'i32'], sll_hatype: [8, 'u16'], sll_pkttype: [10, 'u8'], sll_halen: [11, 'u8'],
    sll_addr: [12, 'u8', 8],
  },
} as const

/** Argument of SO_LINGER. */
export const LINGER = {
  size: 8,
  fields: {
    l_onoff: [0, 'i32'], l_linger: [4, 'i32'],
  },
} as const

/** Argument of SO_PEERCRED. */
export const UCRED = {
  size: 12,
  fields: {
    pid: [0, 'u32'], uid: [4, 'u32'], gid: [8, 'u32'],
  },
} as const

/** Argument of IP_ADD_MEMBERSHIP. */
export const IP_MREQ = {
  size: 8,
  fields: {
    imr_multiaddr_s_addr: [0, 'u32'], imr_interface_s_addr: [4, 'u32'],
  },
} as const

/** Argument of IPV6_ADD_MEMBERSHIP. */
export const IPV6_MREQ = {
  size: 20,
  fields: {
    ipv6mr_multiaddr_s6_addr: [0, 'u8', 16], ipv6mr_ifindex: [16, 'i32'],
  },
} as const
