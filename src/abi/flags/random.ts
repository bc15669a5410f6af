// Generated from facts/constants.txt by scripts/renew-constants.mjs with the headers of Linux; do not edit.

/** Flags of getrandom(2). */
export const GRND = {
  GRND_NONBLOCK: 0x1, GRND_RANDOM: 0x2, GRND_INSECURE: 0x4,
} as const
