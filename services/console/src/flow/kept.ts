export interface KeptOptions<T> {
  /** @param now milliseconds since 1970 */
  readonly read: (now: number) => Promise<T>
  readonly now: () => number
  /** So old it may be. */
  readonly maxAgeMs: number
  /** What takes long is read more rarely: after a pause of at least so many times as long. */
  readonly pauseFactor?: number
}

/** What is read again while somebody looks at it and it is old; nobody waits for it. */
export class Kept<T> {
  readonly #options: KeptOptions<T>
  #value: T | undefined
  #problem: string | undefined
  #next = 0
  #reading: Promise<void> | undefined

  constructor(options: KeptOptions<T>) {
    this.#options = options
  }

  /** What there is, and what went wrong at the last reading; begins to read again where it is time. */
  get(): { readonly value: T | undefined; readonly problem: string | undefined } {
    if (this.#options.now() >= this.#next) void this.refresh()
    return { value: this.#value, problem: this.#problem }
  }

  /** The same for who waits: it is read again first, where it is time. */
  async fresh(): Promise<T | undefined> {
    if (this.#options.now() >= this.#next) void this.refresh()
    await this.#reading
    return this.#value
  }

  /** What there is, and nothing begins. */
  get value(): T | undefined {
    return this.#value
  }

  /** Never rejects: what went wrong is told by `get`. */
  refresh(): Promise<void> {
    this.#reading = this.#read()
    return this.#reading
  }

  async #read(): Promise<void> {
    const { read, now, maxAgeMs, pauseFactor = 0 } = this.#options
    this.#next = Number.POSITIVE_INFINITY
    const began = now()
    try {
      this.#value = await read(began)
      this.#problem = undefined
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error)
    }
    const ended = now()
    this.#next = ended + Math.max(maxAgeMs, pauseFactor * (ended - began))
  }
}
