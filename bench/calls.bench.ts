/** What a system call costs a program that makes nothing but calls: instructions, gate, dispatch, handler and the way back, through the reference CPU. */
import { readFileSync } from 'node:fs'
import { compile, runHere, runThere } from './guest.js'
import { measure, type Reading } from './measure.js'

const CALLS = 1_000_000
const source = readFileSync('bench/programs/getpid.c', 'utf8')
const gates = [['SYSCALL', []], ['INT 0x80', ['-m32', '-DINT80']], ['SYSENTER', ['-m32', '-DSYSENTER']]] as const

/** Nanoseconds a call: of runs that differ by {@link CALLS} calls. */
const perCall = (all: number, none: number): number => (all - none) * (1e9 / CALLS)

const readings: Reading[] = []
for (const [name, flags] of gates) {
  const program = compile(`getpid-${name.replaceAll(' ', '')}`, source, ['-O2', ...flags])
  if (program === null) continue
  const here = async (calls: number): Promise<number> => (await runHere(program, ['getpid', String(calls)])).seconds
  const there = (calls: number): number => runThere([program, String(calls)]).seconds
  readings.push(
    { name: `${name}, getpid in a loop`, unit: 'ns', aim: 50, read: async () => perCall(await here(CALLS), await here(0)) },
    { name: `${name}, natively`, unit: 'ns', read: () => perCall(there(CALLS), there(0)) },
  )
}
if (readings.length === 0) console.log('no gcc here: calls of a guest are left out')
else await measure('A guest that makes system calls', readings)
