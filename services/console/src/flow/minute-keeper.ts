import { Kept } from './kept.ts'
import type { Minute } from './monitoring.ts'

export interface MinuteKeeperOptions {
  readonly read: (now: number) => Promise<readonly Minute[]>
  readonly now: () => number
}

/** A minute is told once, and some minutes later. */
const MAX_AGE_MS = 30_000

/** The minutes of the last hour, read again while somebody looks at them and they are old. */
export class MinuteKeeper {
  readonly #kept: Kept<readonly Minute[]>

  constructor(options: MinuteKeeperOptions) {
    this.#kept = new Kept({ ...options, maxAgeMs: MAX_AGE_MS })
  }

  get(): { readonly minutes: readonly Minute[]; readonly problem: string | undefined } {
    const { value: minutes = [], problem } = this.#kept.get()
    return { minutes, problem }
  }

  /** The minutes as they are now: it waits for them where they are old. */
  async fresh(): Promise<readonly Minute[]> {
    return (await this.#kept.fresh()) ?? []
  }

  /** The end of the newest minute; undefined before the first. */
  get at(): number | undefined {
    return this.#kept.value?.at(-1)?.at
  }

  /** Never rejects: what went wrong is told by `get`. */
  refresh(): Promise<void> {
    return this.#kept.refresh()
  }
}
