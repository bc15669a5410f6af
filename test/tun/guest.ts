/**
 * Runs a fixture on a machine that is joined to the kernel of this network namespace by the TUN device at descriptor 3:
 *
 *   guest.mjs FAULTS PROGRAM [ARGS…]
 *
 * The guest is 10.8.0.2 and fd08::2. It reaches the kernel (10.9.0.1, fd09::1) through a second stack that forwards between
 * a wire and the TUN device, with FAULTS (JSON: a pair of Faults, from the guest and to it) on the wire. After the program, or at SIGTERM, it says
 * on the last line what is left in the guest's tables.
 */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { SeededRandom } from '../../src/base/random.js'
import { ANY4, ANY6, type IpAddress, parseAddress } from '../../src/net/address.js'
import { COMPLETE } from '../../src/net/complete.js'
import { FaultInjector, type Faults } from '../../src/net/devices/faults.js'
import { createWire } from '../../src/net/devices/wire.js'
import { RT, addAddress } from '../../src/net/ip/addresses.js'
import { NO_METRICS } from '../../src/net/ip/route.js'
import { TCP } from '../../src/net/sock.js'
import { NetStack } from '../../src/net/stack.js'
import { TimeWaitSock } from '../../src/net/tcp/time-wait-sock.js'
import { HostClock } from '../../src/node/clock.js'
import { hostRandom } from '../../src/node/random.js'
import { openTun } from '../../src/node/tun.js'
import { createLinux } from '../../src/presets/current.js'
import { netOf } from '../../src/sockets/create-sockets.js'

const [, , faultText = '[{}, {}]', program = '', ...args] = process.argv
const [fromGuest, toGuest]: [Faults, Faults] = JSON.parse(faultText)
const clock = new HostClock()
const address = (text: string): IpAddress => parseAddress(text)!

const machine = createLinux({ clock, random: hostRandom, stdout: (bytes) => void process.stdout.write(bytes.slice()), stderr: (bytes) => void process.stderr.write(bytes.slice()) })
const guest = netOf(machine.kernel)!
const router = new NetStack({ clock, random: hostRandom, sysctl: { ip_forward: 1, ip6_forward: 1 }, ...COMPLETE })

const [near, far] = createWire(guest, router)
const guestEnd = guest.addDevice(new FaultInjector(guest, near, new SeededRandom(1), fromGuest))
const routerEnd = router.addDevice(new FaultInjector(router, far, new SeededRandom(2), toGuest))
const { device: tun } = openTun(router, { fd: 3 })
for (const [net, device, text, prefix] of [
  [guest, guestEnd, '10.8.0.2', 24], [guest, guestEnd, 'fd08::2', 64], [router, routerEnd, '10.8.0.1', 24], [router, routerEnd, 'fd08::1', 64],
  [router, tun, '10.9.0.2', 24], [router, tun, 'fd09::2', 64],
] as const) addAddress(net, device, address(text), prefix)
for (const [any, gateway] of [[ANY4, '10.8.0.1'], [ANY6, 'fd08::1']] as const) {
  guest.routes.add({ destination: any, prefix: 0, kind: 'unicast', gateway: address(gateway), device: guestEnd, source: null, table: RT.TABLE_MAIN, metric: 0, scope: RT.SCOPE_UNIVERSE, origin: RT.PROTO_BOOT, metrics: NO_METRICS })
}

// the machine drives the guest's timers; the router's are driven here, and each end of the wire tells the other
const guestSettled = guest.onSettled
let timer: NodeJS.Timeout | null = null
let due = Infinity
function driveRouter(): void {
  const next = router.nextTimer()
  if (next === due) return
  if (timer !== null) clearTimeout(timer)
  due = next
  if (next === Infinity) return
  timer = setTimeout(() => {
    due = Infinity
    router.runTimers()
    driveRouter()
  }, Math.max(0, (next - clock.monotonic() / 1000) / 1000))
}
router.onSettled = () => {
  driveRouter()
  guestSettled()
  machine.kernel.wakeHost()
}
guest.onSettled = () => {
  guestSettled()
  driveRouter()
}

machine.kernel.hostSources++
machine.spawn(readFileSync(program), { path: `/${basename(program)}`, argv: [basename(program), ...args] })
const stop = new AbortController()
process.on('SIGTERM', () => stop.abort())
const { status } = await machine.run({ signal: stop.signal })

/** Connections whose last packets are still under way; TIME_WAIT apart. */
const living = (): number => [...guest.tcp.connections()].filter((entry) => (entry instanceof TimeWaitSock ? entry.substate : entry.state) !== TCP.TIME_WAIT).length
for (let i = 0; i < 500 && living() > 0; i++) {
  await new Promise((resolve) => setTimeout(resolve, 10))
  guest.runTimers()
}
await new Promise((resolve) => setTimeout(resolve, 100)) // the last acknowledgement is on the wire
const { lost } = guestEnd.counts
process.stdout.write(`left: ${living()} connections, ${guest.listeners().length} listeners; lost ${lost} and ${routerEnd.counts.lost} packets\n`, () => process.exit(status ?? 0))
