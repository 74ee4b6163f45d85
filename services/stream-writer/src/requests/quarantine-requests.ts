import type { EventPolicy, Message } from '@tablestream/contract'
import { backoff } from '@tablestream/service-kit'

export interface QuarantineRequestsOptions {
  readonly quarantine: NonNullable<EventPolicy['quarantine']>
  readonly ask: (message: Message) => Promise<boolean>
  readonly now: () => number
}

/** What was asked for one shape. */
interface Asked {
  /** Keys of the events that asked, until there are as many as the policy wants. */
  readonly keys: Set<string>
  tries: number
  /** Milliseconds since 1970. */
  due: number
}

/** While events go on to ask: for what takes its minutes, and for requests that got lost. */
const AGAIN = { firstMs: 10_000, longestMs: 600_000 }
const MOST_SHAPES = 10_000
const MOST_OWED = 1000

/**
 * Requests for columns in quarantine, whose events do not wait: as many different events ask as the policy wants (one where it
 * names minutes alone), so that table-manager can count them; after that one now and then.
 */
export class QuarantineRequests {
  readonly #options: QuarantineRequestsOptions
  readonly #asked = new Map<string, Asked>()
  /** Messages whose request Pub/Sub did not take: they count, and go with the next one. */
  #owed: Message[] = []

  constructor(options: QuarantineRequestsOptions) {
    this.#options = options
  }

  /** @param shape what the event asks for. @param key of the event: one that is written again asks once */
  ask(shape: string, message: Message, key: string): void {
    const { quarantine, now } = this.#options
    let asked = this.#asked.get(shape)
    if (!asked) {
      if (this.#asked.size >= MOST_SHAPES) this.#asked.delete(this.#asked.keys().next().value!)
      this.#asked.set(shape, (asked = { keys: new Set(), tries: 0, due: 0 }))
    }
    if (asked.keys.has(key)) return
    if (asked.keys.size < (quarantine.events ?? 1)) asked.keys.add(key)
    else if (now() < asked.due) return
    else asked.tries++
    asked.due = now() + backoff(Math.max(asked.tries, 1), AGAIN)
    for (const each of [...this.#owed.splice(0), message]) void this.#send(each)
  }

  async #send(message: Message): Promise<void> {
    if (!(await this.#options.ask(message)) && this.#owed.length < MOST_OWED) this.#owed.push(message)
  }
}
