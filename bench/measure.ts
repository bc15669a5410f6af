import { Bench } from 'tinybench'

/** Something that takes nanoseconds: `run` does it `n` times in a row, so that the clock's own cost does not count. */
export interface Operation {
  readonly name: string
  readonly run: (n: number) => unknown
  /** Upper bound that the project aims at, in nanoseconds; printed beside the figure, never enforced here. */
  readonly aim?: number
}

/** Something measured as a whole, several times: a start-up, a guest's speed, a size. */
export interface Reading {
  readonly name: string
  readonly unit: string
  /** One value of {@link Reading.unit}. */
  readonly read: () => number | Promise<number>
  readonly times?: number
  readonly aim?: number
  /** Whether more is better, as for MIPS. */
  readonly higherIsBetter?: boolean
}

/** One line of the results. */
export interface Result {
  readonly name: string
  readonly unit: string
  readonly median: number
  /** Lowest and highest sample. */
  readonly range: readonly [number, number]
  readonly aim?: number
  readonly higherIsBetter?: boolean
}

/** Median of samples. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Repetitions that take about two milliseconds once the code is warm. */
function calibrate(run: (n: number) => unknown): number {
  let n = 1
  for (;;) {
    const started = performance.now()
    run(n)
    const took = performance.now() - started
    if (took > 2) return Math.max(1, Math.round((n * 2) / took))
    n = took < 0.1 ? n * 10 : Math.ceil((n * 2.5) / took)
  }
}

async function measureOperation({ name, run, aim }: Operation): Promise<Result> {
  calibrate(run)
  const n = calibrate(run)
  const bench = new Bench({ time: 300, warmupTime: 100, throws: true })
  bench.add(name, () => void run(n))
  const [task] = await bench.run()
  const result = task?.result
  if (result === undefined || !('latency' in result)) throw new Error(`${name}: not measured`)
  const perOperation = (milliseconds: number): number => (milliseconds * 1e6) / n
  return { name, unit: 'ns', median: perOperation(result.latency.p50), range: [perOperation(result.latency.min), perOperation(result.latency.max)], ...(aim === undefined ? {} : { aim }) }
}

async function measureReading({ name, unit, read, times = 5, aim, higherIsBetter }: Reading): Promise<Result> {
  const samples: number[] = []
  for (let i = 0; i < times; i++) samples.push(await read())
  return { name, unit, median: median(samples), range: [Math.min(...samples), Math.max(...samples)], ...(aim === undefined ? {} : { aim }), ...(higherIsBetter === undefined ? {} : { higherIsBetter }) }
}

/**
 * Measures a group and hands the results to bench/run.mjs as one line of JSON. Ratios are to the first case.
 *
 * @param group what the figures are about
 * @param cases operations and readings, in the order of the table; the first is what the others are compared with
 */
export async function measure(group: string, cases: readonly (Operation | Reading)[]): Promise<void> {
  const results: Result[] = []
  for (const one of cases) results.push('run' in one ? await measureOperation(one) : await measureReading(one))
  console.log(`@bench ${JSON.stringify({ group, results })}`)
}
