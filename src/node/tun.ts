import { close, read, writeSync } from 'node:fs'
import { SyscallkitError } from '../base/errors.js'
import { ByteDevice } from '../net/devices/byte-device.js'
import type { NetStack } from '../net/stack.js'

/** Options of {@link openTun}. */
export interface TunOptions {
  /**
   * A descriptor of /dev/net/tun on which TUNSETIFF was done with IFF_TUN | IFF_NO_PI. Node has no ioctl: a parent passes it,
   * such as the helper test/tun/tunfd.c of this project.
   */
  readonly fd: number
  /** The device's name inside the stack; default 'tun0'. */
  readonly name?: string
  /** Default 1500. */
  readonly mtu?: number
  /** Told after packets from the kernel were processed. */
  readonly received?: () => void
}

/** A TUN device in use. */
export interface Tun {
  readonly device: ByteDevice
  /** Stops reading and closes the descriptor. */
  close: () => void
}

/** The largest packet that a TUN device hands over. */
const PACKET = 65_536

/**
 * Joins a stack to the host's kernel by a TUN device. Packets that the kernel sends there come in; what the stack sends
 * goes to the kernel. Give the device an address with `addAddress`, and routes.
 *
 * @throws SyscallkitError when the descriptor cannot be written
 * @example
 * const { device } = openTun(net, { fd: 3 })
 * addAddress(net, device, ipv4(0x0a090002), 24)
 */
export function openTun(net: NetStack, options: TunOptions): Tun {
  const { fd, received } = options
  let open = true
  const device = net.addDevice(
    new ByteDevice({
      name: options.name ?? 'tun0', mtu: options.mtu ?? 1500,
      transmit: (packet) => {
        if (open) send(fd, packet)
      },
    }),
  )
  const buffer = Buffer.allocUnsafe(PACKET)
  const next = (): void => {
    read(fd, buffer, 0, PACKET, null, (error, length) => {
      if (!open) return
      if (error === null) {
        net.receive(device, Uint8Array.from(buffer.subarray(0, length)))
        received?.()
        next()
      } else if (error.code === 'EAGAIN') setTimeout(next, 1)
      else open = false
    })
  }
  next()
  return {
    device,
    close: () => {
      open = false
      close(fd, () => {})
    },
  }
}

/** A device whose queue is full drops, as any does. */
function send(fd: number, packet: Uint8Array): void {
  try {
    writeSync(fd, packet)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EAGAIN' || code === 'ENOBUFS' || code === 'EIO') return // no room, or the device is down
    throw new SyscallkitError('ERR_SYSCALLKIT_DEVICE', `the TUN device cannot be written: ${String(error)}`, { cause: error, hint: 'Expected a descriptor of /dev/net/tun after TUNSETIFF.' })
  }
}
