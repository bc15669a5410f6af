type Listeners<E> = { [K in keyof E]?: ((event: E[K]) => void)[] }

/** Listeners by event; telling nobody costs one look. */
export class EventHub<E extends object> {
  readonly #listeners: Listeners<E> = {}
  #count = 0

  /** Calls `listener` at each event; the returned function ends that. */
  on<K extends keyof E>(name: K, listener: (event: E[K]) => void): () => void {
    this.#listeners[name] = [...(this.#listeners[name] ?? []), listener]
    this.#count++
    return () => {
      const all = this.#listeners[name] ?? []
      const left = all.filter((other) => other !== listener)
      this.#count -= all.length - left.length
      if (left.length === 0) delete this.#listeners[name]
      else this.#listeners[name] = left
    }
  }

  /** Does anybody listen? Ask before making an event. */
  has(name: keyof E): boolean {
    return this.#count !== 0 && this.#listeners[name] !== undefined
  }

  emit<K extends keyof E>(name: K, event: E[K]): void {
    const listeners = this.#listeners[name]
    if (listeners !== undefined) for (const listener of listeners) listener(event)
  }
}
