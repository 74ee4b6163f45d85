import type { EventPolicy, SchemaRequest } from '@tablestream/contract'
import { backoff } from '@tablestream/service-kit'
import type { Admissions } from './admissions.ts'

export interface QuarantineRequestsOptions {
  readonly table: string
  readonly quarantine: NonNullable<EventPolicy['quarantine']>
  readonly admissions: Admissions
  readonly ask: (requests: readonly SchemaRequest[]) => Promise<boolean> | undefined
  readonly now: () => number
}

/** While events go on to ask: for what takes its minutes, and for requests that got lost. */
const AGAIN = { firstMs: 10_000, longestMs: 600_000 }
/** Requests that go with the next one. */
const OWED_A_TURN = 10

/**
 * Requests for columns in quarantine, whose events do not wait: as many different events ask as the policy wants (one where it
 * names minutes alone), so that table-manager can count them; after that one now and then.
 */
export class QuarantineRequests {
  readonly #options: QuarantineRequestsOptions

  constructor(options: QuarantineRequestsOptions) {
    this.#options = options
  }

  /** @param change what the event asks for. @param key of the event, of any length: one that is written again asks once */
  ask(change: string, requests: () => readonly SchemaRequest[], key: string): void {
    const { table, quarantine, admissions, now } = this.#options
    const asked = admissions.of(table, change)
    const noted = admissions.note(asked, key, quarantine.events ?? 1)
    if (noted === 'known' || (noted === 'enough' && now() < asked.due)) return
    if (noted === 'enough') asked.tries++
    asked.due = now() + backoff(Math.max(asked.tries, 1), AGAIN)
    // a few: what goes in one turn keeps everybody else waiting for as many
    void this.#send([...admissions.takeOwed(OWED_A_TURN), ...requests()])
  }

  async #send(requests: readonly SchemaRequest[]): Promise<void> {
    if (!(await this.#options.ask(requests))) this.#options.admissions.owe(requests)
  }
}
