import { divide } from '../divide.ts'
import { soon, type Work } from '../long-work.ts'
import { isLarge, OneTurn } from '../one-turn.ts'
import { ReadInTurns } from '../read-in-turns.ts'
import { hasEndlessKey, ROW_BYTES, tooLarge, type Envelope } from '@tablestream/contract'
import { countColumns, dateDays } from '@tablestream/table-schema'
import type { Incarnation } from '../row/write-schema.ts'
import type { IsThere } from '../presence/presence.ts'
import { encodeItem } from '../row/encode-item.ts'
import type { EventKey } from '../row/compile-byte-path.ts'
import { releaseRow } from '../row/row-chunk.ts'
import { envelopeOf, type Item } from '../item/item.ts'
import { writeSchema, type StorageField, type WriteSchema } from '../row/write-schema.ts'
import { Health } from './health.ts'
import type { LaneOptions } from './lane-options.ts'
import { refused } from './row-rejections.ts'
import { Sender, type SenderEvents } from './sender.ts'
import { Suspects } from './suspects.ts'
import { Waiting } from './waiting.ts'

/** So many rows are tried while nothing lands; the others wait for what becomes of them. */
const TRIAL_ROWS = 100
/** The delivery from which on nobody waits another time for a column that did not come in all the time before. */
const LAST_WAIT = 5

/**
 * The way into one table: encodes what comes, and parks what cannot go now (`waiting.ts`). Items that wait keep their order among
 * themselves, but for large ones, whose rows are made a turn later; events that fit pass them, so that one strange event never holds up its
 * table. Which of two rows with one key is the newer one, no order says, but `change-sequence.ts`.
 *
 * - without a table, or with one that is not the one that we know, all wait until the write path tells its columns;
 * - an event that needs a column that is not there yet waits for that one;
 * - while nothing lands for longer than a hiccup, all wait but for a few rows that are tried again and again.
 */
export class TableLane {
  readonly #options: LaneOptions
  readonly #health: Health
  readonly #sender: Sender
  readonly #suspects: Suspects
  readonly #waiting: Waiting
  readonly #anew: ReadInTurns
  /** How many items have been decoded anew, and wait for their turn to become a row. */
  #decoded = 0
  #schema: WriteSchema | undefined
  /** The schema while rows may go; undefined while all wait. */
  #open: WriteSchema | undefined
  #incarnation: Incarnation | undefined
  #columns = 0
  #closed = false
  /** When somebody last asked for this lane, in milliseconds since 1970. */
  askedAt = 0

  constructor(options: LaneOptions) {
    this.#options = options
    const { table, writePath, logger, now, later = soon } = options
    this.#incarnation = options.before
    this.#anew = new ReadInTurns((item, last) => this.#readAnew(item, last), later)
    this.#health = new Health(now)
    const events: SenderEvents = {
      landed: (rows, schema, fields) => this.#landed(rows, schema, fields),
      again: (rows, schema) => this.#again(rows, schema),
      unanswered: (rows, schema) => this.#unanswered(rows, schema),
      void: (rows, schema) => this.#void(rows, schema),
      suspects: (rows, schema) => this.#suspects.add(rows, schema),
      stalled: () => this.#wait([]),
      lapsed: (rows) => this.#giveBack(rows),
      lost: (rows, error) => this.#lost(rows, error),
    }
    const sending = { table, writePath, logger, now, health: this.#health, events }
    this.#sender = new Sender(sending)
    this.#suspects = new Suspects({
      ...sending,
      guilty: (row, message) => options.events.deadLetter(table, row, refused(message)),
      isCurrent: (schema) => this.#isCurrent(schema),
    })
    this.#waiting = new Waiting(options, {
      incarnation: () => this.#incarnation,
      isKnown: () => this.#schema !== undefined,
      wait: () => this.#health.wait,
      told: (schema) => this.#told(schema),
      forget: () => this.#forget(),
      giveBack: (items) => this.#giveBack(items),
    })
  }

  get table(): string {
    return this.#options.table
  }

  /** The table that rows go into, or went into last; undefined while none was known. */
  get incarnation(): Incarnation | undefined {
    return this.#incarnation
  }

  /** How many columns it knows, nested ones too. */
  get columns(): number {
    return this.#columns
  }

  /** Whether rows are on their way. */
  get isSending(): boolean {
    return !this.#sender.isIdle || !this.#suspects.isIdle
  }

  /** Whether no item is without its end. */
  get isIdle(): boolean {
    return !this.isSending && this.parked === 0
  }

  /** How many items wait for their table or a column of it. */
  get parked(): number {
    return this.#waiting.parked.size + this.#anew.size + this.#decoded
  }

  /** Whether there is a table now. @param known whether it is still this one: somebody may have dropped it, and made it anew */
  async isThere(known?: Incarnation): Promise<IsThere> {
    const schema = await this.#waiting.look()
    if (schema === 'no' || schema === 'unknown') return schema
    if (schema.incarnation !== this.#incarnation) this.#use(schema)
    return known === undefined || schema.incarnation === known ? 'yes' : 'no'
  }

  add(item: Item, envelope: Envelope): void {
    if (this.#open) this.#encode(item, this.#open, envelope)
    else this.#waiting.park(item)
  }

  /** Writes the row of an item without decoding it first, and gives the event's key; undefined where that takes a closer look. */
  encodeBytes(item: Item, data: Buffer, eventType: string, nowMs: number): EventKey | undefined {
    return this.#open?.bytePath(eventType)?.(item.message, data, nowMs * 1000, item)
  }

  /** Takes on an item with a row for the schema of now. */
  addRow(item: Item): void {
    this.#sender.add(item)
  }

  /** Gives back what waits for its table or a column, now and from now on. Rows that there are are still sent. */
  finish(): void {
    this.#waiting.end()
    this.#giveBack(this.#takeWaiting())
  }

  /** Gives back what waits, and sends nothing that is not under way. Items under way still reach their end. */
  close(): void {
    this.#closed = true
    // what was judged before, and comes for its row now, would be sent
    this.#open = undefined
    this.#waiting.end()
    this.#waiting.requests?.giveUpHope()
    this.#giveBack([...this.#takeWaiting(), ...this.#suspects.takeRows(), ...this.#sender.takeRows()])
    this.#sender.close()
  }

  /** @param last whether the event waits for no column any more */
  #encode(item: Item, schema: WriteSchema, envelope: Envelope, last = false): void {
    const { events, table, policy } = this.#options
    const facts = {
      day: dateDays(envelope.eventDate)!,
      nowMs: Date.now(),
      fingerprint: item,
      message: item.message,
    }
    const encoded = encodeItem(envelope, schema, policy, facts, { last })
    switch (encoded.outcome) {
      case 'row':
        if (encoded.hasConflicts && policy.quarantine && !last) this.#askForAdmission(item, envelope)
        releaseRow(item)
        Object.assign(item, encoded.row)
        if (item.to - item.from > ROW_BYTES) events.deadLetter(table, item, tooLarge(item.to - item.from))
        else this.#sender.add(item)
        return
      case 'waits':
        if (isLarge(item.message) && this.#waiting.requests && hasEndlessKey(envelope.event)) {
          // its other columns are for those that come behind it
          this.#waiting.requests.lacks(item, envelope.event)
          return this.#encode(item, schema, envelope, true)
        }
        // what is given back asks when it comes again, if it waits then
        if (this.#waiting.park(item)) this.#waiting.requests?.lacks(item, envelope.event)
        return
      case 'rejected':
        events.deadLetter(table, item, encoded.rejection)
    }
  }

  /** Another try for an item that was encoded for another schema, or waits. A large one is decoded, and has another turn for its row. */
  #readAnew(item: Item, last: boolean): Work | undefined {
    let envelope: Envelope | undefined
    const encode = (): undefined => {
      try {
        if (this.#closed) this.#giveBack([item])
        else if (this.#schema) this.#encode(item, this.#schema, envelope ?? envelopeOf(item), last)
        else this.#waiting.park(item)
      } catch (error) {
        this.#lost([item], error)
      }
    }
    if (!this.#schema || !isLarge(item.message)) return encode()
    try {
      envelope = envelopeOf(item)
    } catch (error) {
      this.#lost([item], error)
      return undefined
    }
    this.#decoded++
    return () => {
      this.#decoded--
      return encode()
    }
  }

  #takeWaiting(): Item[] {
    return [...this.#anew.takeAll(), ...this.#waiting.parked.takeAll()]
  }

  #landed(rows: readonly Item[], schema: WriteSchema, fields: readonly StorageField[] | undefined): void {
    this.#health.landed()
    this.#options.events.landed(schema.incarnation, rows)
    for (const item of rows) releaseRow(item)
    this.#waiting.requests?.landed(rows[0]!.message)
    // the answer to a request of older columns, or of the table before, may come late: it tells nothing new
    if (fields && schema === this.#schema) {
      const upsert = this.#options.policy.duplicates === 'upsert'
      this.#use(writeSchema(fields, { incarnation: schema.incarnation, upsert }))
    }
    this.#reopen()
  }

  /** @param schema what the rows were encoded for: for another one they are encoded anew */
  #again(rows: readonly Item[], schema: WriteSchema): void {
    const { now } = this.#options
    const late = rows.filter(({ deadline }) => deadline <= now())
    if (this.#closed || late.length === rows.length) return this.#giveBack(rows)
    this.#giveBack(late)
    const others = late.length === 0 ? rows : rows.filter(({ deadline }) => deadline > now())
    if (this.#health.isStuck) this.#wait(others)
    else if (schema === this.#schema) this.#sender.addFirst(others)
    else this.#anew.add(others)
  }

  /** Whether these have landed must be found out before they may go again; a row that takes its own place changes nothing. */
  #unanswered(rows: readonly Item[], schema: WriteSchema): void {
    if (this.#options.policy.duplicates === 'upsert') return this.#again(rows, schema)
    const now = this.#options.now()
    if (this.#health.isStuck) this.#wait([])
    const isOver = ({ deadline }: Item) => this.#closed || deadline <= now
    this.#giveBack(rows.filter(isOver))
    const others = rows.filter((item) => !isOver(item))
    if (others.length > 0) this.#options.events.unanswered(this.#options.table, others)
  }

  /** The write path knows another table than we do: what was encoded for it is void. */
  #void(rows: readonly Item[], schema: WriteSchema): void {
    // another request may have told it before: by now we may know better
    if (schema !== this.#schema) return this.#again(rows, schema)
    if (this.#options.policy.duplicates === 'upsert') this.#waiting.requests?.objected(rows[0]!.message)
    this.#forget()
    this.#wait(rows)
  }

  /** Rows wait until the write path tells of a table. */
  #forget(): void {
    this.#schema = undefined
    this.#sender.use(undefined)
    this.#wait([])
  }

  /** These rows, and those that are to be sent, wait from now on. */
  #wait(rows: readonly Item[]): void {
    this.#open = undefined
    for (const item of [...rows, ...this.#sender.takeRows()]) this.#waiting.park(item)
  }

  /** A mistake of ours must cost neither the messages nor those beside them: they come again. */
  #lost(items: readonly Item[], error: unknown): void {
    const { logger, table } = this.#options
    const messageIds = items.slice(0, 10).map(({ message }) => message.messageId)
    logger.error({ err: error, table, messageIds }, 'events could not be handled; they are given back')
    this.#giveBack(items)
  }

  /** What the write path says while items wait; true where that was news. */
  #told(schema: WriteSchema | undefined): boolean {
    const isNews = schema !== undefined && this.#use(schema)
    this.#expire()
    this.#waiting.requests?.repeat(this.#waiting.parked.items)
    if (!this.#health.isStuck) this.#reopen()
    else if (this.#schema && this.#sender.isIdle) this.#try()
    return isNews && this.#open !== undefined
  }

  /** Whether the table has the columns that rows were encoded for. */
  async #isCurrent(schema: WriteSchema): Promise<boolean> {
    const read = await this.#waiting.read()
    if (read) this.#use(read)
    return read?.fingerprint === schema.fingerprint
  }

  /** Takes on a schema and gives everybody who waits another try; false when it is the one that we have. */
  #use(schema: WriteSchema): boolean {
    if (this.#closed || schema.fingerprint === this.#schema?.fingerprint) return false
    this.#schema = schema
    this.#incarnation = schema.incarnation
    this.#waiting.requests?.told(schema)
    this.#sender.use(schema)
    const encoded = this.#sender.takeRows()
    if (this.#health.isStuck) this.#anew.add(encoded)
    else {
      this.#open = schema
      this.#anew.add([...encoded, ...this.#waiting.parked.takeAll()])
    }
    // at last: whoever counts may let other lanes go
    const columns = countColumns(schema.columns)
    const more = columns - this.#columns
    this.#columns = columns
    this.#options.learned?.(more)
    return true
  }

  /** Rows land again: everybody may go. */
  #reopen(): void {
    if (this.#open || !this.#schema || this.#closed) return
    this.#open = this.#schema
    this.#anew.add(this.#waiting.parked.takeAll())
  }

  /** Nothing lands: a few of those that wait show whether that is still so. */
  #try(): void {
    const tried = this.#waiting.parked.size
    const turn = new OneTurn()
    for (let count = 0; count < tried && this.#anew.size === 0; count++) {
      const [first] = this.#waiting.parked.items
      if ((count >= TRIAL_ROWS && !this.#sender.isIdle) || !first || !turn.takes(first)) return
      this.#waiting.parked.takeFirst()
      this.#anew.add([first])
    }
  }

  #askForAdmission({ message }: Item, { event, source, eventId }: Envelope): void {
    this.#waiting.requests?.lacksAdmission(message, event, `${source}\n${eventId}`)
  }

  #expire(): void {
    const late = this.#waiting.parked.takeLate(this.#options.now())
    // where rows may go, those that wait do so for a column: somewhere this must end
    const ends = ({ deliveryAttempt, lease }: Item) =>
      this.#open !== undefined && deliveryAttempt >= LAST_WAIT && !lease.isLost()
    const [ending, others] = divide(late, ends)
    this.#giveBack(others)
    this.#anew.add(ending, true)
  }

  #giveBack(items: readonly Item[]): void {
    if (items.length > 0) this.#options.events.giveBack(this.#options.table, items)
  }
}
