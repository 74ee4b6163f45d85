import { judge, type EventPolicy, type Message } from '@tablestream/contract'
import { backoff } from '@tablestream/service-kit'
import { plan, type Column, type JsonObject, type PlanOptions } from '@tablestream/table-schema'
import type { Incarnation } from '../judge/entry.ts'
import type { WriteSchema } from '../row/write-schema.ts'
import type { Ask } from './ask.ts'
import { QuarantineRequests } from './quarantine-requests.ts'

export interface TableRequestsOptions {
  readonly table: string
  readonly policy: EventPolicy
  /** What the table begins with besides the system columns. */
  readonly contract: readonly Column[]
  readonly ask: Ask
  /** The table that was known before, where there was a lane for it: that one is no news. */
  readonly before?: Incarnation | undefined
  readonly now: () => number
}

/** A message that asks, until the write path knows what it asks for. */
interface Request {
  readonly message: Message
  tries: number
  /** Milliseconds since 1970. */
  due: number
}

/**
 * Pub/Sub and Eventarc keep a request until table-manager has answered it: what is sent again is for what got lost behind that, and for
 * tables that somebody changed back. In an hour without an answer that is ten times.
 */
const AGAIN = { firstMs: 10_000, longestMs: 600_000 }
/** That takes some seven hours. Who waits still asks for itself. */
const MOST_TRIES = 50
/** Shapes that are asked for at a time; those beyond ask when these have come. */
const MOST_ASKED = 1000

/**
 * What is asked of table-manager for one table: once for each shape that the table lacks, and again, more and more slowly, until the
 * write path knows it. The plan is pure, so the columns that the table will have once all is done that was asked for are known here;
 * an event that fits those asks for nothing.
 */
export class TableRequests {
  readonly #options: TableRequestsOptions
  readonly #planning: PlanOptions
  readonly #quarantine: QuarantineRequests | undefined
  #asked: Request[] = []
  #objection: Request | undefined
  /** The table as the write path knows it, and as it will be once everything is done that was asked for. */
  #known: readonly Column[] | undefined
  #hoped: readonly Column[] | undefined
  #fingerprint = ''
  #wantsLook = false

  constructor(options: TableRequestsOptions) {
    this.#options = options
    const { policy, contract, table, ask, now } = options
    const evolves = policy.columns === 'evolve'
    const { column_limit: columnLimit, quarantine } = policy
    this.#planning = { contract, columnLimit, columns: evolves && !quarantine ? 'evolve' : 'freeze' }
    if (evolves && quarantine)
      this.#quarantine = new QuarantineRequests({ quarantine, ask: (message) => ask(table, message), now })
  }

  /** An event waits for the table, or for a column of it. */
  lacks(message: Message, event: JsonObject): void {
    if (this.#asked.length >= MOST_ASKED) return
    const planned = plan(this.#hoped, event, this.#planning)
    if (planned.outcome === 'fits') return
    this.#hoped = planned.columns
    const request = { message, tries: 0, due: 0 }
    this.#asked.push(request)
    this.#send(request)
  }

  /** An event landed without a value that has a column only once enough events ask for it. @param key of the event */
  lacksAdmission(message: Message, event: JsonObject, key: string): void {
    if (!this.#quarantine || !this.#known) return
    const { added, relaxed, widened } = plan(this.#known, event, { ...this.#planning, columns: 'evolve' })
    const wanted = [...added, ...relaxed, ...widened.map(({ path, to }) => `${path} ${to}`)]
    if (wanted.length > 0) this.#quarantine.ask(wanted.join('\n'), message, key)
  }

  /**
   * The write path refuses rows with the columns that it told. A table that gets a primary key later is such one: table-manager sees what
   * else it lacks.
   */
  objected(message: Message): void {
    this.#objection ??= { message, tries: 0, due: 0 }
    if (this.#objection.tries === 0) this.#send(this.#objection)
  }

  /** Rows landed. @param message of one of them */
  landed(message: Message): void {
    this.#objection = undefined
    if (!this.#wantsLook) return
    this.#wantsLook = false
    void this.#options.ask(this.#options.table, message)
  }

  /** The write path tells of the table; undefined: there is none. */
  told(schema: Pick<WriteSchema, 'columns' | 'fingerprint' | 'incarnation'> | undefined): void {
    const fingerprint = schema?.fingerprint ?? ''
    if (fingerprint === this.#fingerprint && this.#known === schema?.columns) return
    const wasMet = this.#fingerprint === '' && schema?.incarnation === this.#options.before
    const isNews = fingerprint !== this.#fingerprint && !wasMet
    this.#fingerprint = fingerprint
    this.#known = schema?.columns
    const before = this.#asked.length
    this.#keep(({ message }) => {
      const event = eventOf(message)
      return (
        event !== undefined && !(this.#known && plan(this.#known, event, this.#planning).outcome === 'fits')
      )
    })
    // others made or changed it: what belongs to a table beside its columns (key, view) is seen to by who made them for the others
    this.#wantsLook = isNews && schema !== undefined && this.#asked.length === before
  }

  /** Sends again what is due: called now and then while events wait. */
  repeat(): void {
    const now = this.#options.now()
    if (this.#asked.some(({ tries, due }) => tries >= MOST_TRIES && due <= now))
      this.#keep(({ tries }) => tries < MOST_TRIES)
    for (const request of this.#asked) if (request.due <= now) this.#send(request)
    if (this.#objection && this.#objection.due <= now) this.#send(this.#objection)
  }

  /** Goes on to ask for these alone. */
  #keep(isWanted: (request: Request) => boolean): void {
    this.#asked = this.#asked.filter(isWanted)
    this.#hoped = this.#known
    for (const { message } of this.#asked) {
      const event = eventOf(message)
      if (event) this.#hoped = plan(this.#hoped, event, this.#planning).columns
    }
  }

  #send(request: Request): void {
    const { ask, table, now } = this.#options
    request.tries++
    request.due = now() + backoff(request.tries, AGAIN)
    void ask(table, request.message)
  }
}

function eventOf(message: Message): JsonObject | undefined {
  const verdict = judge(message)
  return verdict.outcome === 'event' ? verdict.event : undefined
}
