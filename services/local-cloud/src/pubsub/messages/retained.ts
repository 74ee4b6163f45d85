import type { StoredMessage } from './stored-message.ts'

/**
 * Messages that are kept for a seek, oldest first: by a topic, by a subscription that retains what was acked, or by a
 * snapshot.
 */
export class Retained {
  /** Stable over restarts: what the journal calls it. */
  readonly key: number
  /** Milliseconds for which each message is kept; absent: until all are cleared. */
  keepMs: number | undefined
  /** When it takes no more, in milliseconds since 1970. */
  until = Number.POSITIVE_INFINITY
  readonly #now: () => number
  readonly #release: (key: number, id: string) => void
  #messages = new Map<string, StoredMessage>()

  /** @param release told of each message that is kept no longer */
  constructor(key: number, now: () => number, release: (key: number, id: string) => void) {
    this.key = key
    this.#now = now
    this.#release = release
  }

  takes(): boolean {
    return this.until > this.#now()
  }

  add(message: StoredMessage): void {
    this.#messages.set(message.id, message)
    this.#dropOld()
  }

  /** All that are still kept. */
  all(): readonly StoredMessage[] {
    this.#dropOld()
    return [...this.#messages.values()]
  }

  clear(): void {
    for (const id of this.#messages.keys()) this.#release(this.key, id)
    this.#messages = new Map()
  }

  #dropOld(): void {
    if (this.keepMs === undefined) return
    const oldest = this.#now() - this.keepMs
    for (const [id, { publishTime }] of this.#messages) {
      if (publishTime >= oldest) return
      this.#messages.delete(id)
      this.#release(this.key, id)
    }
  }
}
