#!/usr/bin/env node
/**
 * Records what Linux says of its network on this machine: the sysctls of a new network namespace, what they take
 * (scripts/record-sysctls.mjs), and the counters of /proc/net/{snmp,snmp6,netstat}, into facts/net-sysctls.txt,
 * facts/net-sysctl-ranges.txt and facts/net-counters.txt; then writes src/net/sysctl-defaults.ts,
 * src/sockets/proc/sysctl-ranges.ts and src/net/mib.ts from the facts. Needs root and Linux 6.18 to record; `--write` only writes.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const root = new URL('..', import.meta.url)
const file = (path) => new URL(path, root)
const inNamespace = (script) => execFileSync('unshare', ['-n', 'sh', '-c', script], { encoding: 'utf8' })

if (!process.argv.includes('--write')) {
  const sysctls = inNamespace('cd /proc/sys/net; for f in core/* ipv4/* unix/* ipv6/* ipv6/conf/all/forwarding; do [ -f $f ] && echo "$f = $(tr "\\t\\n" "  " < $f 2>/dev/null)"; done; exit 0')
  const host = execFileSync('sh', ['-c', 'cd /proc/sys/net; for f in core/* ipv4/tcp_mem ipv4/tcp_max_orphans ipv4/udp_mem ipv4/inet_peer_*; do [ -f $f ] && echo "$f = $(tr "\\t\\n" "  " < $f 2>/dev/null)"; done; exit 0'], { encoding: 'utf8' })
  const lines = [...new Map(`${host}${sysctls}`.split('\n').filter(Boolean).map((line) => [line.split(' = ')[0], line.trimEnd()])).values()].sort()
  writeFileSync(file('facts/net-sysctls.txt'), `# /proc/sys/net of a new network namespace, Linux 6.18; recorded by scripts/renew-net.mjs\n${lines.join('\n')}\n`)
  execFileSync('unshare', ['-n', process.execPath, new URL('record-sysctls.mjs', import.meta.url).pathname])
  const snmp = inNamespace('grep -hE "^[A-Z][A-Za-z]+: [A-Z]" /proc/net/snmp /proc/net/netstat; cut -f1 /proc/net/snmp6 | tr -d " " | tr "\\n" " " | sed "s/^/Snmp6: /"')
  writeFileSync(file('facts/net-counters.txt'), `# Names of the counters in /proc/net/snmp, netstat and snmp6, Linux 6.18; recorded by scripts/renew-net.mjs\n${snmp.trimEnd()}\n`)
}

/** The machine's build has its own defaults for these; here stand the kernel's (net/ipv4/Kconfig, net/core/sock.c). */
const kernelDefaults = {
  'ipv4/tcp_congestion_control': 'cubic', 'ipv4/tcp_available_congestion_control': 'reno cubic', 'ipv4/tcp_allowed_congestion_control': 'reno cubic',
  'ipv4/tcp_ehash_entries': '262144', 'ipv4/udp_hash_entries': '16384', 'core/default_qdisc': 'pfifo_fast',
}
/** What this stack has no part for: no sysctl is better than one that does nothing. */
const absent = /^(core\/(bpf|busy|dev_weight|devconf|fb_|flow_limit|gro|high_order|mem_pcpu|netdev_(b|r|t|u)|rps|skb_defer|xfrm|max_skb|warnings|message)|ipv4\/(fib_|fwmark|igmp|nexthop|xfrm|raw_l3|tcp_(l3|fwmark|migrate|plb|child|early_demux)|udp_(l3|child|early)|ip_(forward_use|forward_update|early|dynaddr))|ipv6\/(fib_|fwmark|ioam6|seg6|xfrm|anycast|idgen|max_))/
const names = { 'ipv6/ip_nonlocal_bind': 'ip6_nonlocal_bind', 'ipv6/conf/all/forwarding': 'ip6_forward' }
/** What nothing here looks at, but programs may: the owner of /proc/sys shows them. */
const shown = /^(default_qdisc|netdev_max_backlog|tstamp_allow_data|icmp_echo_enable_probe|icmp_ignore_bogus_error_responses|inet_peer_\w+|ipfrag_low_thresh|ip6frag_low_thresh|ipfrag_max_dist|tcp_(adv_win_scale|allowed_congestion_control|autocorking|backlog_ack_defer|comp_sack_slack_ns|ecn_option|ecn_option_beacon|ehash_entries|fack|limit_output_bytes)|udp_mem|udp_[rw]mem_min|auto_flowlabels|flowlabel_\w+)$/

const knobs = readFileSync(file('facts/net-sysctls.txt'), 'utf8').split('\n').filter((line) => line.includes(' = ') || line.endsWith(' =')).map((line) => {
  const [path, value = ''] = line.split(/ = ?/)
  return { path, name: names[path] ?? path.split('/')[1], value: kernelDefaults[path] ?? value }
}).filter(({ path }) => !absent.test(path))
const literal = (value) => {
  const words = value.split(' ')
  if (value === '' || !words.every((word) => /^-?\d+$/.test(word))) return { type: 'string', text: `'${value}'` }
  return words.length === 1 ? { type: 'number', text: value } : { type: `[${words.map(() => 'number').join(', ')}]`, text: `[${words.join(', ')}]` }
}
const field = ({ path, name, value }) => `  /** net.${path.replaceAll('/', '.')} */\n  ${name}: ${literal(value).type}\n`
const member = ({ name, value }) => `    ${name}: ${literal(value).text},\n`
const acting = knobs.filter(({ name }) => !shown.test(name)), showing = knobs.filter(({ name }) => shown.test(name))
/** Lines of at most 150 characters. */
const wrapped = (words) => words.join(' ').replace(/(.{1,140})( |$)/g, '$1\n').trimEnd()
const inFolder = (folder) => wrapped(knobs.filter(({ path, name }) => path === `${folder}/${name}`).map(({ name }) => name)).replaceAll('\n', ' ')
writeFileSync(file('src/net/sysctl-defaults.ts'), `// Generated from facts/net-sysctls.txt by scripts/renew-net.mjs; do not edit.

/** The knobs under /proc/sys/net, by Linux's names; numbers in Linux's units. */
export interface NetSysctl extends Partial<ShownSysctl> {
${acting.map(field).join('')}}

/** Knobs that nothing here looks at: the owner of /proc/sys adds them for programs that read them. */
export interface ShownSysctl {
${showing.map(field).join('')}}

/** A new set of knobs with the defaults of Linux 6.18. */
export function defaultNetSysctl(): NetSysctl {
  return {
${acting.map(member).join('')}  }
}

/** The same of those that are only shown. */
export function defaultShownSysctl(): ShownSysctl {
  return {
${showing.map(member).join('')}  }
}

/** Knobs by folder of /proc/sys/net, but those of ipv4. */
const FOLDERS = [
${['core', 'ipv6', 'unix'].map((folder) => `  ['${folder}', '${inFolder(folder)}'],\n`).join('')}] as const

/** Where a knob lies under /proc/sys/net. */
export function sysctlPath(name: string): string {
${Object.entries(names).map(([path, name]) => `  if (name === '${name}') return '${path}'\n`).join('')}  const folder = FOLDERS.find(([, knobs]) => knobs.split(' ').includes(name))?.[0] ?? 'ipv4'
  return \`\${folder}/\${name}\`
}
`)

/** Host-wide knobs, which a namespace does not write: [lowest, highest]. Linux: net/core/sysctl_net_core.c. */
const hostRanges = { rmem_default: [2304, 2 ** 31 - 1], rmem_max: [2304, 2 ** 31 - 1], wmem_default: [4608, 2 ** 31 - 1], wmem_max: [4608, 2 ** 31 - 1] }
const ranges = new Map(Object.entries(hostRanges).map(([name, [low, high]]) => [name, `${low} ${high}`]))
for (const line of readFileSync(file('facts/net-sysctl-ranges.txt'), 'utf8').split('\n').filter((text) => /^\w+\//.test(text))) {
  const [path, low, high] = line.split(' ')
  const knob = knobs.find((other) => other.path === path)
  if (knob !== undefined && `${low} ${high}` !== '-2147483648 2147483647') ranges.set(knob.name, `${low} ${high}`)
}
const byRange = new Map()
for (const [name, range] of ranges) byRange.set(range, [...(byRange.get(range) ?? []), name])
writeFileSync(file('src/sockets/proc/sysctl-ranges.ts'), `// Generated from facts/net-sysctl-ranges.txt by scripts/renew-net.mjs; do not edit.

/** What knobs of net take: lowest, highest, which; the others take any int. */
export const SYSCTL_RANGES: readonly (readonly [low: number, high: number, names: string])[] = [
${[...byRange].map(([range, list]) => `  [${range.replace(' ', ', ')},\n    '${wrapped(list).replaceAll('\n', " ' +\n    '")}',\n  ],\n`).join('')}]
`)

const groups = readFileSync(file('facts/net-counters.txt'), 'utf8').split('\n').filter((line) => /^[A-Z]\w+: /.test(line)).map((line) => {
  const [group, ...counters] = line.replace(':', '').trim().split(/\s+/)
  return { group, counters }
}).filter(({ group }) => group !== 'MPTcpExt')
let index = 0
const ids = []
for (const { group, counters } of groups) for (const counter of counters) ids.push([group, counter, index++])
const key = (group, counter) => (['TcpExt', 'Snmp6'].includes(group) ? counter : `${group}${counter}`)
writeFileSync(file('src/net/mib.ts'), `// Generated from facts/net-counters.txt by scripts/renew-net.mjs; do not edit.

/** Index of each counter of /proc/net/snmp, netstat and snmp6: TcpExt and Snmp6 by their own names, others with their group's before. */
export const MIB = {
${ids.map(([group, counter, at]) => `  ${key(group, counter)}: ${at},\n`).join('')}} as const

/** How many counters there are. */
export const MIB_COUNT = ${index}

/** The counters by group, in the order of the files. */
export const MIB_GROUPS: readonly (readonly [group: string, names: readonly string[]])[] = [
${groups.map(({ group, counters }) => `  ['${group}', [${counters.map((counter) => `'${counter}'`).join(', ')}]],\n`).join('').replace(/(.{1,150})(, |$)/gm, '$1$2')}]
`)
