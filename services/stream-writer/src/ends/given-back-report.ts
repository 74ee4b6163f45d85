import type { Logger } from '@tablestream/service-kit'

const TELL_MS = 5000

/** A word in the log for many: events that find no room to wait are given back one by one. */
export class GivenBackReport {
  readonly #logger: Logger
  readonly #untold = new Map<string, number>()
  #stopped = false

  constructor(logger: Logger) {
    this.#logger = logger
  }

  add(table: string, events: number): void {
    if (this.#stopped) return
    if (this.#untold.size === 0) setTimeout(() => this.#tell(), TELL_MS).unref()
    this.#untold.set(table, (this.#untold.get(table) ?? 0) + events)
  }

  /** Says nothing of what comes from now on. */
  stop(): void {
    this.#stopped = true
  }

  #tell(): void {
    for (const [table, events] of this.#untold) {
      this.#logger.warn({ table, events }, 'events that wait for their table were given back for a later try')
    }
    this.#untold.clear()
  }
}
