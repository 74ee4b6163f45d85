import { divide } from '../divide.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '@tablestream/service-kit'
import type { AppendResult } from '../append/append-answer.ts'
import { EndedByAnotherError } from '../append/append-connection.ts'
import { classify, type AppendFailure } from '../append/append-errors.ts'
import type { Appender } from '../append/connection-pool.ts'
import type { WritePath } from '../append/storage-write-client.ts'
import type { Item } from '../item/item.ts'
import type { StorageField, WriteSchema } from '../row/write-schema.ts'
import { STUCK_MS, type Health } from './health.ts'

/** What becomes of the rows that were sent. */
export interface SenderEvents {
  landed(rows: readonly Item[], schema: WriteSchema, updatedFields: readonly StorageField[] | undefined): void
  /** Nothing is wrong with these rows: they may go again, in the form of now. */
  again(rows: readonly Item[], schema: WriteSchema): void
  /** The connection ended before there was an answer: they are in the table, or not. */
  unanswered(rows: readonly Item[], schema: WriteSchema): void
  /** The write path has no such table for us, or not with these columns. */
  void(rows: readonly Item[], schema: WriteSchema): void
  /** BigQuery refused all of these together, or each of them. */
  suspects(rows: readonly Item[], schema: WriteSchema): void
  /** Nothing has landed for a while: what comes must wait for what is under way. */
  stalled(): void
  /** Pub/Sub may have given these to somebody else: they are not ours to write. */
  lapsed(rows: readonly Item[]): void
  /** A mistake of ours. */
  lost(rows: readonly Item[], error: unknown): void
}

export interface SenderOptions {
  readonly table: string
  readonly writePath: WritePath
  readonly logger: Logger
  readonly health: Health
  readonly events: SenderEvents
}

/** A request that is this full goes at once, and gets no more rows; a smaller one waits while others are under way. */
const FULL_BYTES = 1_000_000
const REQUEST_ROWS = 5000
const IN_FLIGHT = 4
/** While appends fail one request goes at a time, and not a large one: what lands without an answer is there twice. */
const ROWS_WHILE_FAILING = 500

/** Rows into requests, requests under way, and what their answers mean for the rows. */
export class Sender {
  readonly #options: SenderOptions
  #schema: WriteSchema | undefined
  #appender: Appender | undefined
  #rows: Item[] = []
  #bytes = 0
  #inFlight = 0
  /** Requests under way for the schema of now: what is under way for an older one, and may hang, holds up nobody. */
  #current = { inFlight: 0 }
  #flushing = false
  #stall: NodeJS.Timeout | undefined

  constructor(options: SenderOptions) {
    this.#options = options
  }

  get isIdle(): boolean {
    return this.#rows.length === 0 && this.#inFlight === 0
  }

  /** @param schema what rows are encoded for from now on; undefined: they wait */
  use(schema: WriteSchema | undefined): void {
    this.#schema = schema
    this.#current = { inFlight: 0 }
    this.close()
  }

  /** Sends nothing more on the connection of now; what is under way is still answered. */
  close(): void {
    this.#appender?.close()
    this.#appender = undefined
  }

  add(item: Item): void {
    this.#rows.push(item)
    this.#bytes += item.to - item.from
    this.#flushSoon()
  }

  addFirst(rows: readonly Item[]): void {
    this.#rows.unshift(...rows)
    for (const { from, to } of rows) this.#bytes += to - from
    this.#flushSoon()
  }

  /** The rows that are not under way. */
  takeRows(): Item[] {
    const rows = this.#rows
    this.#rows = []
    this.#bytes = 0
    return rows
  }

  /** Rows that come in one turn of the event loop go into one request. */
  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  #flush(): void {
    const { isFailing } = this.#options.health
    const most = isFailing ? 1 : IN_FLIGHT
    while (this.#rows.length > 0 && this.#schema && this.#current.inFlight < most) {
      if (this.#current.inFlight > 0 && this.#bytes < FULL_BYTES && this.#rows.length < REQUEST_ROWS / 10)
        return
      const rows = this.#takeRequest(isFailing ? ROWS_WHILE_FAILING : REQUEST_ROWS)
      if (rows.length > 0) void this.#send(rows, this.#schema)
    }
  }

  #takeRequest(mostRows: number): Item[] {
    let bytes = 0
    let count = 0
    for (const { from, to } of this.#rows) {
      const size = to - from
      if (count > 0 && (bytes + size > FULL_BYTES || count === mostRows)) break
      bytes += size
      count++
    }
    this.#bytes -= bytes
    return withoutLapsed(this.#rows.splice(0, count), this.#options.events)
  }

  async #send(rows: Item[], schema: WriteSchema): Promise<void> {
    const { events } = this.#options
    const current = this.#current
    current.inFlight++
    if (this.#inFlight++ === 0) this.#begin()
    try {
      const outcome = await attempt(() => this.#connect(schema).append(rows))
      if (outcome.outcome === 'landed') this.#stall?.refresh()
      await settle(rows, schema, outcome, this.#options)
    } catch (error) {
      events.lost(rows, error)
    }
    current.inFlight--
    if (--this.#inFlight === 0) this.#end()
    this.#flush()
  }

  #begin(): void {
    const { health, events } = this.#options
    health.underWay = true
    this.#stall = setTimeout(() => events.stalled(), STUCK_MS)
  }

  #end(): void {
    this.#options.health.underWay = false
    clearTimeout(this.#stall)
  }

  #connect({ descriptor }: WriteSchema): Appender {
    const { writePath, table } = this.#options
    if (!this.#appender?.isOpen) this.#appender = writePath.connect(table, descriptor, false)
    return this.#appender
  }
}

/**
 * The rows that may be written. A process that was stopped, or cut off from Pub/Sub, has lost the messages that it held, and need not
 * know it yet: so this is seen right before they are sent.
 */
export function withoutLapsed(rows: Item[], events: Pick<SenderEvents, 'lapsed'>): Item[] {
  const [lapsed, others] = divide(rows, ({ lease }) => lease.isLost())
  if (lapsed.length === 0) return rows
  events.lapsed(lapsed)
  return others
}

/** What came of an append: its answer, or what ended its connection. */
export type Outcome = AppendResult | { readonly outcome: 'failed'; readonly error: unknown }

export async function attempt(append: () => Promise<AppendResult>): Promise<Outcome> {
  try {
    return await append()
  } catch (error) {
    return { outcome: 'failed', error }
  }
}

/** Tells the lane what became of a request, after a wait where it failed. */
export async function settle(
  rows: readonly Item[],
  schema: WriteSchema,
  outcome: Outcome,
  { health, events, logger, table }: Omit<SenderOptions, 'writePath'>,
): Promise<void> {
  if (outcome.outcome === 'landed') {
    events.landed(rows, schema, outcome.updatedFields)
    return
  }
  if (outcome.outcome === 'refused_rows') {
    const named = new Set(outcome.rows.map(({ index }) => index))
    const suspects = rows.filter((_, index) => named.has(index))
    const others = rows.filter((_, index) => !named.has(index))
    if (suspects.length > 0) {
      if (others.length > 0) events.again(others, schema)
      events.suspects(suspects, schema)
      return
    }
  }
  // quota and failures of the service come as answers, too (storage.proto, AppendRowsResponse)
  const error = errorOf(outcome)
  const kind = classify(error)
  const reason = (error as { message?: string }).message ?? String(error)
  if (kind === 'refused') {
    logger.error({ table, reason, rows: rows.length }, 'an append was refused; its rows are tried apart')
    events.suspects(rows, schema)
    return
  }
  // one broken connection is one setback, however many requests were on it
  if (!(error instanceof EndedByAnotherError)) health.failed()
  logger.warn({ table, kind, reason, rows: rows.length }, 'an append failed; its rows go again')
  if (isVoid(kind)) {
    events.void(rows, schema)
    return
  }
  await sleep(health.wait)
  // an answer says that nothing is in the table; the end of a connection says nothing
  if (outcome.outcome === 'failed') events.unanswered(rows, schema)
  else events.again(rows, schema)
}

/** What says why: an error, or an answer that is one. */
export function errorOf(outcome: Exclude<Outcome, { readonly outcome: 'landed' }>): unknown {
  if (outcome.outcome === 'failed') return outcome.error
  if (outcome.outcome === 'refused') return outcome
  return new Error('rows were refused that the request does not have')
}

function isVoid(kind: AppendFailure): boolean {
  return kind === 'not_shown' || kind === 'other_columns'
}
