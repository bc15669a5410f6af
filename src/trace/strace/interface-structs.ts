/** Arguments of ioctl(2) on interfaces as strace 6.1 prints them. */
import { SOCKET_IOCTLS as IOCTL } from '../../abi/flags/ioctl.js'
import { addressText, hexText, readAt, type AfterPrint, type TracedCall } from './call.js'
import { flagsText, nameText, type Names } from './flags.js'
import { intAt, sockaddrText } from './socket-address.js'
import { quote } from './strings.js'

/** sizeof(ifr_name); the union behind it holds pointers. */
const NAME = 16
const sizeOf = (c: TracedCall): number => (c.word === 8 ? 40 : 32)
const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

const interfaceFlags: Names = [
  ['IFF_UP', 1n], ['IFF_BROADCAST', 2n], ['IFF_DEBUG', 4n], ['IFF_LOOPBACK', 8n], ['IFF_POINTOPOINT', 0x10n], ['IFF_NOTRAILERS', 0x20n],
  ['IFF_RUNNING', 0x40n], ['IFF_NOARP', 0x80n], ['IFF_PROMISC', 0x100n], ['IFF_ALLMULTI', 0x200n], ['IFF_MASTER', 0x400n], ['IFF_SLAVE', 0x800n],
  ['IFF_MULTICAST', 0x1000n], ['IFF_PORTSEL', 0x2000n], ['IFF_AUTOMEDIA', 0x4000n], ['IFF_DYNAMIC', 0x8000n],
]
const hardwareNames: Names = [['ARPHRD_ETHER', 1n], ['ARPHRD_LOOPBACK', 772n], ['ARPHRD_NONE', 65_534n]]

function nameIn(bytes: Uint8Array): string {
  const end = bytes.subarray(0, NAME).indexOf(0)
  return quote(bytes.subarray(0, end < 0 ? NAME - 1 : end))
}

/** struct ifmap. */
function mapText(c: TracedCall, bytes: Uint8Array): string {
  const data = view(bytes)
  const word = (n: number): string => hexText(c.word === 8 ? data.getBigUint64(NAME + 8 * n, true) : data.getUint32(NAME + 4 * n, true))
  const at = NAME + 2 * c.word
  return `{mem_start=${word(0)}, mem_end=${word(1)}, base_addr=${hexText(data.getUint16(at, true))}, irq=${hexText(bytes[at + 2]!)}, dma=${hexText(bytes[at + 3]!)}, port=${hexText(bytes[at + 4]!)}}`
}

const address = (bytes: Uint8Array): string => sockaddrText(bytes.subarray(NAME, NAME + 16))
const integer = (bytes: Uint8Array): string => String(view(bytes).getInt32(NAME, true))

/** What a request reads of an interface: the field and its text. */
const FIELDS: Readonly<Record<number, readonly [name: string, text: (bytes: Uint8Array, c: TracedCall) => string]>> = {
  [IOCTL.SIOCGIFFLAGS]: ['ifr_flags', (bytes) => flagsText(BigInt(view(bytes).getUint16(NAME, true)), interfaceFlags, 'IFF_???')],
  [IOCTL.SIOCGIFADDR]: ['ifr_addr', address], [IOCTL.SIOCGIFDSTADDR]: ['ifr_dstaddr', address], [IOCTL.SIOCGIFBRDADDR]: ['ifr_broadaddr', address],
  [IOCTL.SIOCGIFNETMASK]: ['ifr_netmask', address], [IOCTL.SIOCGIFMETRIC]: ['ifr_metric', integer], [IOCTL.SIOCGIFMTU]: ['ifr_mtu', integer],
  [IOCTL.SIOCGIFHWADDR]: ['ifr_hwaddr', (bytes) => {
    const mac = [...bytes.subarray(NAME + 2, NAME + 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
    return `{sa_family=${nameText(BigInt(view(bytes).getUint16(NAME, true)), hardwareNames, 'ARPHRD_???')}, sa_data=${mac}}`
  }],
  [IOCTL.SIOCGIFINDEX]: ['ifr_ifindex', integer], [IOCTL.SIOCGIFTXQLEN]: ['ifr_qlen', integer], [IOCTL.SIOCGIFMAP]: ['ifr_map', (bytes, c) => mapText(c, bytes)],
  [IOCTL.SIOCGIFSLAVE]: ['ifr_slave', (bytes) => nameIn(bytes.subarray(NAME))],
}

/** struct ifreq of a request that reads one thing, struct ifconf; undefined for other requests. strace: ifreq_ioctl. */
export function interfaceArgument(request: number): AfterPrint | undefined {
  if (request === IOCTL.SIOCGIFCONF) return { after: configurationText }
  if (request === IOCTL.SIOCGIFNAME) {
    return withRequest((bytes, c) => `{ifr_ifindex=${integer(bytes)}${c.failed ? '' : `, ifr_name=${nameIn(bytes)}`}}`)
  }
  const field = FIELDS[request]
  if (field === undefined) return undefined
  const [name, text] = field
  return withRequest((bytes, c) => `{ifr_name=${nameIn(bytes)}${c.failed ? '' : `, ${name}=${text(bytes, c)}`}}`)
}

function withRequest(text: (bytes: Uint8Array, c: TracedCall) => string): AfterPrint {
  return { after: (c, i) => {
    const bytes = c.ulong(i) === 0n ? null : c.at(i, sizeOf(c))
    return bytes === null ? addressText(c.ulong(i)) : text(bytes, c)
  } }
}

/** ifc_len as SIOCGIFCONF found it, which it overwrites. */
export function configurationLength(c: TracedCall): number | null {
  return c.u32(1) === IOCTL.SIOCGIFCONF ? intAt(c, c.ulong(2)) : null
}

/** struct ifconf. strace: print_ifconf. */
function configurationText(c: TracedCall, i: number): string {
  const bytes = c.ulong(i) === 0n ? null : c.at(i, 2 * c.word)
  const before = c.noted[0]
  if (bytes === null || c.failed || typeof before !== 'number') return addressText(c.ulong(i))
  const buffer = c.word === 8 ? view(bytes).getBigUint64(8, true) : BigInt(view(bytes).getUint32(4, true))
  const size = sizeOf(c)
  const lengthText = (length: number): string => (length > 0 && length % size === 0 ? `${length} /* ${length / size} * sizeof(struct ifreq) */` : String(length))
  const after = view(bytes).getInt32(0, true)
  const lengths = buffer === 0n || before === after ? lengthText(after) : `${lengthText(before)} => ${lengthText(after)}`
  return `{ifc_len=${lengths}, ifc_buf=${buffer === 0n ? 'NULL' : entriesText(c, buffer, Math.floor(after / size), size)}}`
}

function entriesText(c: TracedCall, at: bigint, count: number, size: number): string {
  const bytes = readAt(c, at, Math.min(count, 32) * size)
  if (bytes === null) return addressText(at)
  const entries = Array.from({ length: Math.min(count, 32) }, (_, n) => bytes.subarray(n * size, (n + 1) * size))
  return `[${[...entries.map((entry) => `{ifr_name=${nameIn(entry)}, ifr_addr=${address(entry)}}`), ...(count > 32 ? ['...'] : [])].join(', ')}]`
}
