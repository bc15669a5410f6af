/** How a machine's run loop waits: the only place that knows the host's event loop. */
export interface HostLoop {
  /** Lets the host's other work run; as soon as possible. */
  readonly yield: () => Promise<void>
  /** Resolves after `ns` nanoseconds of host time, or earlier when `signal` aborts, which belongs to this sleep alone. */
  readonly sleep: (ns: number, signal: AbortSignal) => Promise<void>
}

/** The host loop of Node and browsers: setImmediate, else MessageChannel (0.8 µs; setTimeout is clamped to 1 to 4 ms). */
export function defaultHostLoop(): HostLoop {
  const immediate: ((f: () => void) => void) | undefined = Reflect.get(globalThis, 'setImmediate')
  return {
    yield: () => new Promise((resolve) => (typeof immediate === 'function' ? immediate(resolve) : channelYield(resolve))),
    sleep: (ns, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, Math.min(Math.max(0, ns / 1e6), 0x7fffffff))
        signal.addEventListener('abort', () => {
          clearTimeout(timer)
          resolve()
        })
      }),
  }
}

function channelYield(resolve: () => void): void {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    port1.close()
    resolve()
  }
  port2.postMessage(null)
}
