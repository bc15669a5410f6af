import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { environment } from './cases.mjs'
import { nativeMissing, runNative } from './native.mjs'
import { runGuest } from './run.js'
import { makeFolder, rootEntries } from './tree.mjs'

const BUSYBOX = process.env['BUSYBOX_X86_64'] ?? '/bin/busybox'
const scratch = mkdtempSync(join(tmpdir(), 'network-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** Shell lines about the network of a fresh namespace whose loopback is up; what they print must not differ. */
const scripts: readonly (readonly [title: string, script: string])[] = [
  ['links, addresses and routes, by netlink', 'ip link; ip addr; ip route; ip route show table local; ip -6 addr; ip link set nothere up; echo $?'],
  ['addresses come and go with their routes', 'ip addr add 10.0.0.1/24 dev lo; ip addr add 10.0.0.1/24 dev lo; echo $?; ip addr show dev lo; ip addr del 10.0.0.1/24 dev lo; ip addr show dev lo; ip route add default via 1.2.3.4; echo $?'],
  ['routes, up and down', 'ip addr add 10.0.0.1/24 dev lo; ip route add 192.168.0.0/16 dev lo; ip route; ip route del 192.168.0.0/16; echo $?; ip route; ip link set lo mtu 1500; ip link set lo down; ip link'],
  ['interfaces, by ioctl', 'ifconfig lo; ifconfig nothere; echo $?; route -n; ifconfig lo 127.0.0.2 netmask 255.0.0.0; ip addr show dev lo'],
  ['the tables of /proc/net', 'cat /proc/net/dev /proc/net/route /proc/net/if_inet6 /proc/net/arp /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 /proc/net/raw; head -n 1 /proc/net/unix; netstat -tuln'],
  ['knobs', 'echo 7 >/proc/sys/net/core/somaxconn; cat /proc/sys/net/core/somaxconn; echo x >/proc/sys/net/core/somaxconn; echo $?; cat /proc/sys/net/unix/max_dgram_qlen'],
  ['echo requests', 'ping -q -c 2 -i 0.1 127.0.0.1 | head -4; ping -q -c 1 10.9.8.7; echo $?'],
  ['a server and a client', 'mkdir /tmp/www; echo text >/tmp/www/f; httpd -p 127.0.0.1:8080 -h /tmp/www; netstat -tln; wget -q -O - http://127.0.0.1:8080/f; wget -q -O - http://127.0.0.1:8080/none; echo $?; kill -9 $(pidof httpd)'],
]

const missing = nativeMissing() ?? (existsSync(BUSYBOX) ? null : `no ${BUSYBOX}`)
describe.skipIf(missing !== null)(`busybox sees the network that it sees natively${missing === null ? '' : ` (${missing})`}`, () => {
  test.each(scripts)('%s', async (_title, script) => {
    const bytes = readFileSync(BUSYBOX)
    const root = mkdtempSync(join(scratch, 'root-'))
    makeFolder(root, rootEntries('busybox', bytes))
    const native = runNative({ name: 'busybox', bytes, args: ['sh', '-c', script], stdin: null })
    const guest = await runGuest({ program: '/bin/busybox', args: ['sh', '-c', script], env: environment, root, stdin: null })
    const text = (output: Uint8Array): string => Buffer.from(output).toString('latin1')
    expect(text(guest.stdout)).toBe(text(native.stdout))
    expect(text(guest.stderr)).toBe(text(native.stderr))
    expect(guest.status).toBe(native.status)
  }, 60_000)
})
