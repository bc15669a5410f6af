#!/usr/bin/env node
/**
 * Runs fixtures/bin/x86_64/listen and some scenarios of queues natively, with the kernel's tracepoint
 * sock:inet_sock_set_state on, and writes what it prints (without skaddr) to test/sockets/states.golden.txt.
 * Needs root, tracefs and Linux 6.18.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const programs = fileURLToPath(new URL('../fixtures/bin/x86_64/', import.meta.url))
const instance = '/sys/kernel/tracing/instances/syscallkit'
const commands = ['listen', 'queues listen:1 connect:2 half:3 wait:100 close wait:100', 'queues listen:3 connect:3 wait:50 reset:1 accept:3 wait:50 close', 'queues listen:1 connect:3 wait:4000 close']

// mount -t tracefs nodev /sys/kernel/tracing where it is not mounted
mkdirSync(instance)
let text = '# The tracepoint sock:inet_sock_set_state of Linux 6.18; recorded by scripts/renew-states.mjs\n'
try {
  for (const command of commands) {
    writeFileSync(`${instance}/trace`, '')
    writeFileSync(`${instance}/events/sock/inet_sock_set_state/enable`, '1')
    spawnSync('unshare', ['-n', 'sh', '-c', `ip link set lo up; echo 41000 41099 > /proc/sys/net/ipv4/ip_local_port_range; exec ${programs}${command}`], { stdio: 'ignore' })
    writeFileSync(`${instance}/events/sock/inet_sock_set_state/enable`, '0')
    const lines = readFileSync(`${instance}/trace`, 'utf8').split('\n').flatMap((line) => /inet_sock_set_state: (.*)$/.exec(line)?.[1] ?? [])
      .filter((line) => / [sd]port=(7777|410\d\d) /.test(line)) // the machine has other connections
    text += `== ${command}\n${lines.join('\n')}\n`
  }
} finally {
  rmdirSync(instance)
}
writeFileSync(new URL('../test/sockets/states.golden.txt', import.meta.url), text)
