#!/usr/bin/env node
/**
 * Runs fixtures/bin/x86_64/queues natively, each scenario in a network namespace of its own, and writes what it prints to
 * test/sockets/queues.golden.txt. Needs root and Linux 6.18.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../fixtures/bin/x86_64/queues', import.meta.url))

/** Backlogs, knobs and what clients do; one line each, see fixtures/src/queues.c. */
const scenarios = [
  'listen:2 connect:5 wait:100 wait:1200 accept:2 wait:3000',
  'listen:0 connect:3 wait:100',
  'listen:1 connect:2 wait:50 accept:2 connect:3 wait:50',
  'somaxconn=3 listen:10 connect:6 wait:100',
  'somaxconn=1 listen:-1 connect:4 wait:100',
  'listen:-1 wait:10',
  'tcp_syncookies=0 tcp_max_syn_backlog=8 listen:64 half:12 wait:100 connect:2 wait:100',
  'tcp_syncookies=0 tcp_max_syn_backlog=128 listen:4 half:9 wait:100',
  'tcp_syncookies=1 tcp_max_syn_backlog=8 listen:4 half:12 wait:100 connect:3 wait:100 accept:5',
  'tcp_syncookies=2 listen:4 connect:3 wait:100 accept:3',
  'tcp_syncookies=2 tcp_max_syn_backlog=8 listen:2 connect:6 wait:100',
  'tcp_syncookies=1 tcp_abort_on_overflow=1 listen:1 connect:5 wait:100 wait:2000',
  'tcp_abort_on_overflow=1 tcp_syncookies=2 listen:0 connect:3 wait:100',
  'listen:1 connect:2 half:3 wait:100 close wait:100',
  'listen:4 connect:3 half:2 wait:100 send:3 close wait:100',
  'listen:1 connect:4 wait:50 relisten:8 wait:1500 accept:9',
  'listen:8 connect:6 wait:50 relisten:2 connect:2 wait:50 accept:9',
  'listen:4 listen2:4 connect:60 wait:100 accept:12',
  'listen:3 connect:4 wait:50 reset:2 wait:50 accept:4 wait:50',
  'tcp_synack_retries=1 tcp_syn_retries=2 listen:2 half:2 wait:3500 wait:3000 wait:3000 wait:3000',
]
let text = '# What Linux 6.18 prints for fixtures/src/queues.c; recorded by scripts/renew-queues.mjs\n'
for (const [i, scenario] of scenarios.entries()) {
  console.error(`${i + 1} of ${scenarios.length}: ${scenario}`)
  text += `== ${scenario}\n${execFileSync('unshare', ['-n', 'sh', '-c', `ip link set lo up; exec ${program} ${scenario}`], { encoding: 'utf8' })}`
}
writeFileSync(new URL('../test/sockets/queues.golden.txt', import.meta.url), text)
