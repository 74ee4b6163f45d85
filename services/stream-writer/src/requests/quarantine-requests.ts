import { createHash } from 'node:crypto'
import type { EventPolicy, SchemaRequest } from '@tablestream/contract'
import { backoff } from '@tablestream/service-kit'

export interface QuarantineRequestsOptions {
  readonly quarantine: NonNullable<EventPolicy['quarantine']>
  readonly ask: (requests: readonly SchemaRequest[]) => Promise<boolean> | undefined
  readonly now: () => number
}

/** What was asked for one change. */
interface Asked {
  /** Digests of the keys of the events that asked, until there are as many as the policy wants. */
  readonly keys: Set<string>
  tries: number
  /** Milliseconds since 1970. */
  due: number
}

/** While events go on to ask: for what takes its minutes, and for requests that got lost. */
const AGAIN = { firstMs: 10_000, longestMs: 600_000 }
const MOST_CHANGES = 10_000
/** Requests that go with the next one. */
const OWED_A_TURN = 10
const MOST_OWED = 1000
const MOST_OWED_BYTES = 1 << 20

/**
 * Requests for columns in quarantine, whose events do not wait: as many different events ask as the policy wants (one where it
 * names minutes alone), so that table-manager can count them; after that one now and then.
 */
export class QuarantineRequests {
  readonly #options: QuarantineRequestsOptions
  readonly #asked = new Map<string, Asked>()
  /** Requests that Pub/Sub did not take: they count, and go with the next ones. */
  #owed: SchemaRequest[] = []
  #owedBytes = 0

  constructor(options: QuarantineRequestsOptions) {
    this.#options = options
  }

  /** @param change what the event asks for. @param key of the event, of any length: one that is written again asks once */
  ask(change: string, requests: () => readonly SchemaRequest[], key: string): void {
    const { quarantine, now } = this.#options
    let asked = this.#asked.get(change)
    if (!asked) {
      if (this.#asked.size >= MOST_CHANGES) this.#asked.delete(this.#asked.keys().next().value!)
      this.#asked.set(change, (asked = { keys: new Set(), tries: 0, due: 0 }))
    }
    const digest = createHash('sha256').update(key).digest('base64')
    if (asked.keys.has(digest)) return
    if (asked.keys.size < (quarantine.events ?? 1)) asked.keys.add(digest)
    else if (now() < asked.due) return
    else asked.tries++
    asked.due = now() + backoff(Math.max(asked.tries, 1), AGAIN)
    // a few: what goes in one turn keeps everybody else waiting for as many
    const owed = this.#owed.splice(0, OWED_A_TURN)
    this.#owedBytes -= owed.reduce((sum, { data }) => sum + data.length, 0)
    void this.#send([...owed, ...requests()])
  }

  async #send(requests: readonly SchemaRequest[]): Promise<void> {
    if (await this.#options.ask(requests)) return
    for (const request of requests) {
      if (this.#owed.length >= MOST_OWED || this.#owedBytes + request.data.length > MOST_OWED_BYTES) return
      this.#owed.push(request)
      this.#owedBytes += request.data.length
    }
  }
}
