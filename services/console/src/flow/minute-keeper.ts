import type { Minute } from './monitoring.ts'

export interface MinuteKeeperOptions {
  readonly read: (now: number) => Promise<readonly Minute[]>
  readonly now: () => number
}

/** A minute is told once, and some minutes later. */
const MAX_AGE_MS = 30_000

/** The minutes of the last hour, read again while somebody looks at them and they are old. */
export class MinuteKeeper {
  readonly #options: MinuteKeeperOptions
  #minutes: readonly Minute[] = []
  #problem: string | undefined
  #next = 0

  constructor(options: MinuteKeeperOptions) {
    this.#options = options
  }

  get(): { readonly minutes: readonly Minute[]; readonly problem: string | undefined } {
    if (this.#options.now() >= this.#next) void this.refresh()
    return { minutes: this.#minutes, problem: this.#problem }
  }

  /** The end of the newest minute; undefined before the first. */
  get at(): number | undefined {
    return this.#minutes.at(-1)?.at
  }

  /** Never rejects: what went wrong is told by `get`. */
  async refresh(): Promise<void> {
    const { read, now } = this.#options
    this.#next = Number.POSITIVE_INFINITY
    try {
      this.#minutes = await read(now())
      this.#problem = undefined
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error)
    }
    this.#next = now() + MAX_AGE_MS
  }
}
