/** Bits of a socket's `shutdown`: nothing more is received, and sent. */
export const RCV_SHUTDOWN = 1
/** See {@link RCV_SHUTDOWN}. */
export const SEND_SHUTDOWN = 2
