import { setTimeout as sleep } from 'node:timers/promises'
import { shorten, type Envelope, type EventPolicy, type Rejection } from '@tablestream/contract'
import { backoff, jitter, type Logger } from '@tablestream/service-kit'
import { dateDays } from '@tablestream/table-schema'
import type { AppendConnection, AppendResult } from '../append/append-connection.ts'
import type { Incarnation } from '../duplicate-window.ts'
import { encodeItem } from '../encode-item.ts'
import { releaseRow } from '../encoder/row-chunk.ts'
import { envelopeOf, type Item } from '../item.ts'
import { Parked, type ParkingLot } from './parking.ts'
import { classify } from '../append/append-errors.ts'
import type { WritePath } from '../append/storage-write-client.ts'
import { writeSchema, type StorageField, type WriteSchema } from '../write-schema.ts'

/** Where a lane brings its items' ends. */
export interface LaneEvents {
  /** The rows are in the table. */
  landed(incarnation: Incarnation, items: readonly Item[]): void
  deadLetter(table: string, item: Item, rejection: Rejection): void
  /** Gives the message back to Pub/Sub for a later try. */
  giveBack(table: string, items: readonly Item[]): void
  /** How many items wait for their table or a column of it. */
  parked(table: string, count: number): void
}

export interface LaneOptions {
  readonly table: string
  readonly policy: EventPolicy
  readonly writePath: WritePath
  readonly events: LaneEvents
  readonly parking: ParkingLot
  readonly logger: Logger
  readonly now: () => number
}

/** AppendRows takes 10 MB a request, and some of it is overhead. */
const REQUEST_BYTES = 9.5 * 1024 * 1024
const REQUEST_ROWS = 5000
/** A request that is this full goes at once, and gets no more rows; a smaller one waits while others are under way. */
const FULL_BYTES = 1_000_000
const IN_FLIGHT = 4
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 2000
/** How long a look at the table holds for the duplicates that come after. */
const TRUSTED_MS = 1000
const RETRYING = { firstMs: FIRST_WAIT_MS, longestMs: LONGEST_WAIT_MS }

/**
 * The way into one table: encodes, appends, parks what the table does not know yet. Items that wait keep their order
 * among themselves; events that fit pass them, so that one strange event never holds up its table.
 */
export class TableLane {
  readonly #options: LaneOptions
  #schema: WriteSchema | undefined
  #connection: AppendConnection | undefined
  /** Items with a row that is to be sent. */
  #rows: Item[] = []
  #bytes = 0
  #inFlight = 0
  readonly #parked: Parked
  #watching = false
  #look: Promise<boolean> | undefined
  /** Failures in a row: each makes the next wait longer. */
  #setbacks = 0
  #flushing = false
  #finishing = false
  #closed = false

  constructor(options: LaneOptions) {
    this.#options = options
    this.#parked = new Parked(options.parking)
  }

  get table(): string {
    return this.#options.table
  }

  /** The table that rows go into; undefined while none is known. */
  get incarnation(): Incarnation | undefined {
    return this.#schema?.incarnation
  }

  /** Whether no item is without its end. */
  get isIdle(): boolean {
    return this.#rows.length === 0 && this.#inFlight === 0 && this.#parked.size === 0
  }

  /**
   * Whether the table is still the one that is known. Somebody may have dropped it and made it anew, and then an event that
   * landed before is no duplicate. When that cannot be told it is no: a row that is there twice is better than none.
   */
  isStillThere(): Promise<boolean> {
    this.#look ??= this.#lookAgain()
    return this.#look
  }

  async #lookAgain(): Promise<boolean> {
    const known = this.#schema?.incarnation
    const schema = await this.#read()
    setTimeout(() => (this.#look = undefined), TRUSTED_MS).unref()
    const isSame = schema !== undefined && schema.incarnation === known
    if (schema && !isSame) this.#use(schema)
    return isSame
  }

  add(item: Item, envelope: Envelope): void {
    if (this.#schema) this.#encode(item, this.#schema, envelope)
    else this.#park(item)
  }

  /** Writes the row of an item without decoding it first, and gives the event's id; undefined where that takes a closer look. */
  encodeBytes(item: Item, data: Buffer, eventType: string, nowMs: number): string | undefined {
    return this.#schema?.bytePath(eventType)?.(item.message, data, nowMs * 1000, item)
  }

  /** Takes on an item with a row for the schema of now. */
  addRow(item: Item): void {
    this.#rows.push(item)
    this.#bytes += item.to - item.from
    this.#flushSoon()
  }

  /** Another try for an item that was encoded for another schema. */
  #again(item: Item): void {
    if (this.#schema) this.#encode(item, this.#schema)
    else this.#park(item)
  }

  /** Gives back what waits for its table or a column, now and from now on. Rows that there are are still sent. */
  finish(): void {
    this.#finishing = true
    this.#options.events.giveBack(this.#options.table, this.#parked.takeAll())
  }

  /** Gives back what waits, and sends nothing that is not under way. Items under way still reach their end. */
  close(): void {
    this.#closed = true
    const waiting = [...this.#parked.takeAll(), ...this.#rows]
    this.#rows = []
    this.#bytes = 0
    if (waiting.length > 0) this.#options.events.giveBack(this.#options.table, waiting)
    this.#connection?.close()
  }

  #encode(item: Item, schema: WriteSchema, envelope = envelopeOf(item)): void {
    const { events, table, now } = this.#options
    const encoded = encodeItem(envelope, schema, this.#options.policy, {
      day: dateDays(envelope.eventDate)!,
      nowMs: now(),
    })
    switch (encoded.outcome) {
      case 'row':
        releaseRow(item)
        Object.assign(item, encoded.row)
        if (item.to - item.from > REQUEST_BYTES) {
          events.deadLetter(table, item, tooLarge(item.to - item.from))
          return
        }
        this.addRow(item)
        return
      case 'waits':
        this.#park(item)
        return
      case 'rejected':
        events.deadLetter(table, item, encoded.rejection)
    }
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
    while (this.#rows.length > 0 && this.#schema && this.#inFlight < IN_FLIGHT) {
      if (this.#inFlight > 0 && this.#bytes < FULL_BYTES && this.#rows.length < REQUEST_ROWS / 10) return
      void this.#append(this.#takeRequest(), this.#schema)
    }
  }

  #takeRequest(): Item[] {
    let bytes = 0
    let count = 0
    for (const { from, to, alone } of this.#rows) {
      const size = to - from
      if (count > 0 && (bytes + size > FULL_BYTES || count === REQUEST_ROWS || alone)) break
      bytes += size
      count++
      if (alone) break
    }
    this.#bytes -= bytes
    return this.#rows.splice(0, count)
  }

  async #append(rows: readonly Item[], schema: WriteSchema): Promise<void> {
    this.#inFlight++
    let result: AppendResult | undefined
    let failure: unknown
    try {
      result = await this.#connect(schema).append(rows)
      // quota and failures of the service come as answers, too (storage.proto, AppendRowsResponse)
      if (result.outcome === 'refused') failure = result
    } catch (error) {
      failure = error
    }
    if (failure !== undefined) await this.#failed(rows, failure, schema)
    this.#inFlight--
    if (result && result.outcome !== 'refused') this.#settle(rows, result, schema)
    this.#flush()
  }

  #connect(schema: WriteSchema): AppendConnection {
    if (!this.#connection?.isOpen) {
      this.#connection = this.#options.writePath.connect(this.#options.table, schema.descriptor)
    }
    return this.#connection
  }

  #settle(
    rows: readonly Item[],
    result: Exclude<AppendResult, { readonly outcome: 'refused' }>,
    schema: WriteSchema,
  ): void {
    this.#setbacks = 0
    if (result.outcome === 'refused_rows') {
      this.#sortOut(rows, new Map(result.rows.map(({ index, message }) => [index, message])), schema)
      return
    }
    this.#options.events.landed(schema.incarnation, rows)
    for (const item of rows) releaseRow(item)
    if (result.updatedFields) this.#use(this.#withFields(schema, result.updatedFields))
  }

  /** Rows that were refused get a try of their own before they are dead letters; the others go again at once. */
  #sortOut(rows: readonly Item[], refused: ReadonlyMap<number, string>, schema: WriteSchema): void {
    const { events, table } = this.#options
    const again: Item[] = []
    rows.forEach((row, index) => {
      const message = refused.get(index)
      if (message === undefined || !row.alone) {
        if (message !== undefined) row.alone = true
        again.push(row)
      } else
        events.deadLetter(table, row, {
          reason: 'row_refused',
          path: '',
          value: '',
          message: shorten(message),
        })
    })
    this.#putBack(again, schema)
  }

  /** @param schema what the rows were encoded for: for another one they are encoded anew */
  #putBack(rows: readonly Item[], schema: WriteSchema): void {
    if (rows.length === 0) return
    if (this.#closed) {
      this.#options.events.giveBack(this.#options.table, rows)
      return
    }
    if (schema !== this.#schema) {
      for (const item of rows) this.#again(item)
      return
    }
    this.#rows.unshift(...rows)
    for (const { from, to } of rows) this.#bytes += to - from
    this.#flushSoon()
  }

  async #failed(rows: readonly Item[], error: unknown, schema: WriteSchema): Promise<void> {
    const { table, logger } = this.#options
    const kind = classify(error)
    const reason = (error as { message?: string }).message ?? String(error)
    if (kind === 'refused') {
      logger.error({ table, reason }, 'an append was refused')
      this.#sortOut(rows, new Map(rows.map((_, index) => [index, reason])), schema)
      return
    }
    logger.warn({ table, kind, reason, rows: rows.length }, 'an append failed; its rows go again')
    this.#setbacks++
    if (kind === 'retry') {
      await sleep(backoff(this.#setbacks, RETRYING))
      this.#putBack(rows, schema)
      return
    }
    if (this.#schema !== schema) {
      // another request of the same connection told it before: by now we may know better
      this.#putBack(rows, schema)
      return
    }
    // the write path knows another table than we do: what was encoded for it is void
    this.#schema = undefined
    const items = [...rows, ...this.#rows]
    this.#rows = []
    this.#bytes = 0
    for (const item of items) this.#park(item)
  }

  #park(item: Item): void {
    if (this.#closed || this.#finishing) {
      this.#options.events.giveBack(this.#options.table, [item])
      return
    }
    if (!this.#parked.add(item)) {
      this.#options.events.giveBack(this.#options.table, [item])
      return
    }
    this.#options.events.parked(this.#options.table, this.#parked.size)
    if (!this.#watching) void this.#watch()
  }

  /** Asks the write path for the table's columns until nobody waits for them any more. */
  async #watch(): Promise<void> {
    this.#watching = true
    if (this.#setbacks > 0) await sleep(backoff(this.#setbacks, RETRYING))
    for (let wait = FIRST_WAIT_MS; this.#parked.size > 0 && !this.#closed;) {
      const changed = await this.#refresh()
      if (changed) wait = FIRST_WAIT_MS
      this.#expire()
      if (this.#parked.size === 0) break
      await sleep(jitter(wait))
      wait = Math.min(wait * 1.5, LONGEST_WAIT_MS)
    }
    this.#watching = false
  }

  async #refresh(): Promise<boolean> {
    const schema = await this.#read()
    if (schema) return this.#use(schema)
    return false
  }

  /** undefined where there is no table, and where that cannot be told now. */
  async #read(): Promise<WriteSchema | undefined> {
    const { writePath, table, policy, logger } = this.#options
    try {
      const schema = await writePath.readSchema(table, this.#isUpsert)
      if (!schema && policy.tables === 'freeze') this.#rejectParked()
      return schema
    } catch (error) {
      logger.warn({ err: error, table }, 'the columns of a table could not be read; asking again')
      return undefined
    }
  }

  get #isUpsert(): boolean {
    return this.#options.policy.duplicates === 'upsert'
  }

  #withFields({ incarnation }: WriteSchema, fields: readonly StorageField[]): WriteSchema {
    return writeSchema(fields, { incarnation, upsert: this.#isUpsert })
  }

  /** There is no table, and the policy lets none be made. */
  #rejectParked(): void {
    const { events, table } = this.#options
    const message = `there is no table ${table}, and the policy of this event type lets none be created`
    for (const item of this.#parked.takeAll()) {
      events.deadLetter(table, item, { reason: 'table_not_allowed', path: '', value: '', message })
    }
    events.parked(table, 0)
  }

  /** Takes on a schema and gives everybody who waits another try; false when it is the one that we have. */
  #use(schema: WriteSchema): boolean {
    if (this.#closed || schema.fingerprint === this.#schema?.fingerprint) return false
    this.#schema = schema
    const encoded = this.#rows
    this.#rows = []
    this.#bytes = 0
    this.#connection?.close()
    this.#connection = undefined
    const waiting = this.#parked.takeAll()
    for (const item of [...encoded, ...waiting]) this.#encode(item, schema)
    this.#options.events.parked(this.#options.table, this.#parked.size)
    return true
  }

  #expire(): void {
    const { now, events, table } = this.#options
    const late = this.#parked.takeLate(now())
    if (late.length === 0) return
    events.giveBack(table, late)
    events.parked(table, this.#parked.size)
  }
}

function tooLarge(bytes: number): Rejection {
  return {
    reason: 'row_too_large',
    path: '',
    value: '',
    message: `the row has ${bytes} bytes, ${REQUEST_BYTES} is the limit`,
  }
}
