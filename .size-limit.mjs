/** What single imports weigh, minified and gzipped. Compositions are in test/bundles. */
const budgets = [
  ['errors', 'dist/index.js', '{ KernelPanic, SyscallkitError }', '500 B'],
  ['defineSyscall with int, a pointer and flags', 'dist/index.js', '{ defineSyscall, int, pointer, flags }', '2 kB'],
  ['the SYSCALL gate with register file', 'dist/arch/x86_64/index.js', '{ CpuState, bootCpu, syscallGate, x86_64, PT_REGS, TRAP, EXIT, RegisterFile }', '6 kB'],
  ['PhysicalMemory', 'dist/memory/index.js', '{ PhysicalMemory }', '1.5 kB'],
  ['Machine', 'dist/index.js', '{ Machine }', '15 kB'],
  ['strace', 'dist/trace/index.js', '{ attachStrace }', '45 kB'],
  ['parseMachineConfig', 'dist/config/index.js', '{ parseMachineConfig }', '8 kB'],
  ['everything of current, with the reference CPU', 'dist/presets/current.js', '{ createLinux }', '323 kB'],
  ['a network stack: TCP over IPv4 and IPv6', 'dist/net/index.js', '{ NetStack }', '60 kB'],
  ['the same with udp, ping, raw, fragments, forwarding', 'dist/net/index.js', '{ NetStack, COMPLETE }', '70 kB'],
  ['every export of the network', 'dist/net/index.js', '*', '88 kB'],
]

export default budgets.map(([name, path, imported, limit]) => ({
  name, path, import: imported, limit, gzip: true,
  modifyEsbuildConfig: (config) => ({ ...config, logLevel: 'error' }),
}))
