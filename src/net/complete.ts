import { forward } from './ip/forward.js'
import { fragments } from './ip/fragments.js'
import { ping } from './ping.js'
import { raw } from './raw.js'
import type { NetStackOptions } from './stack.js'
import { udp } from './udp.js'

/**
 * Options of a stack that has everything there is.
 *
 * @example
 * const net = new NetStack({ clock: new VirtualClock(), random: new SeededRandom(1), ...COMPLETE })
 */
export const COMPLETE: Required<Pick<NetStackOptions, 'protocols' | 'fragments' | 'forward'>> = { protocols: [udp, ping, raw], fragments, forward }
