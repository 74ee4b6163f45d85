import { divide } from '../divide.ts'
import { OneTurn } from '../one-turn.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { sourceOf, turnOf } from '@tablestream/contract'
import { backoff, FairQueue, type Logger, steadyNow } from '@tablestream/service-kit'
import { fingerprintText } from '../row/fingerprint.ts'
import { envelopeOf, standAlone, type Item } from '../item/item.ts'
import type { IsThere } from '../presence/presence.ts'
import { keyTextOf, type RowKey, type RowLookup } from './row-lookup.ts'

export interface DoubtEvents {
  /** The rows of these are in the table. */
  found(table: string, items: readonly Item[]): void
  /** As far as anybody can tell, these are not. */
  absent(table: string, items: readonly Item[]): void
  /** Nobody gets to ask after these in time: there is no room for them to wait, or they are not ours any more. */
  late(table: string, items: readonly Item[]): void
}

export interface Room {
  /** False when there is none. */
  enter(item: Item): boolean
  leave(item: Item): void
}

export interface DoubtsOptions {
  readonly lookup: RowLookup
  readonly logger: Logger
  readonly events: DoubtEvents
  /** What waits for an answer takes room like all that waits. */
  readonly room: Room
  /** Whether there is such a table, where queries see none. */
  readonly isThere: (table: string) => Promise<IsThere>
  /** How long an answer is waited for: one that never comes must hold neither its table nor a place among the queries. */
  readonly answerMs?: number
}

/** Events that come close to each other are asked after in one query. */
const TOGETHER_MS = 200
/** Keys of a query. */
const MOST_KEYS = 2000
/** Queries under way, of all tables, */
const MOST_QUERIES = 8
/** and of one. */
const MOST_OF_A_TABLE = 4
/** BigQuery ends the query before, when it is the query that takes long. */
const ANSWER_MS = 30_000
/** How often those are looked for that wait in vain. */
const LOOK_MS = 1000
const TRIES = 3
const RETRYING = { firstMs: 500, longestMs: 4000 }
/** After a query that BigQuery refuses, the table is not asked again for so long; */
const REFUSED_MS = 60_000
/** and for so long after those that had no answer, which may be there the next time. */
const SILENT_MS = 10_000
/** Where queries have no answer, an event is given back until this delivery, which takes some minutes. Then its row is written. */
const LAST_ASKED = 8

/** Those of one table that wait for an answer. */
interface Asked {
  waiting: Waiting[]
  /** How many see to them: each has a query under way, or the next one before it. */
  asking: number
  /** Nobody asks before its end. */
  pause: Pause | undefined
}

interface Pause {
  /** BigQuery refused, or did not answer. */
  readonly why: NoAnswer
  /** Milliseconds since 1970. */
  readonly until: number
}

interface Waiting {
  readonly item: Item
  /** Milliseconds since 1970: not asked before. */
  readonly due: number
}

/**
 * Events that may have a row already: somebody had them before, or an append of ours ended without an answer. Before they are
 * written, the table is asked, one query for many. Where BigQuery does not answer they are given back, and asked after when they come
 * again. Where it refuses, and where they came often enough, they are written: a row that is there twice is better than none
 * (docs/decisions/0013-asking-the-table.md).
 */
export class Doubts {
  readonly #options: DoubtsOptions
  readonly #tables = new Map<string, Asked>()
  #queries = 0
  /** Whoever has events of very many tables asked after keeps nobody else from a query. */
  readonly #turns = new FairQueue<() => void>()

  constructor(options: DoubtsOptions) {
    this.#options = options
  }

  /** Whether nobody waits for an answer. */
  get isIdle(): boolean {
    return this.#tables.size === 0
  }

  /** @param waitMs so long nobody asks: what may still be on its way to the table would not be seen */
  add(table: string, items: readonly Item[], waitMs: number): void {
    const due = steadyNow() + waitMs
    const { room, events } = this.#options
    const [entered, others] = divide(items, (item) => room.enter(item))
    if (others.length > 0) events.late(table, others)
    if (entered.length === 0) return
    for (const item of entered) standAlone(item)
    const asked = this.#tables.get(table) ?? { waiting: [], asking: 0, pause: undefined }
    asked.waiting.push(...entered.map((item) => ({ item, due })))
    this.#tables.set(table, asked)
    const wanted = Math.min(MOST_OF_A_TABLE, Math.ceil(asked.waiting.length / MOST_KEYS))
    while (asked.asking < wanted) void this.#ask(table, asked)
  }

  /** Those that no query is under way for. */
  takeWaiting(): Item[] {
    return this.#left(
      [...this.#tables.values()].flatMap(({ waiting }) => waiting.splice(0).map(({ item }) => item)),
    )
  }

  async #ask(table: string, asked: Asked): Promise<void> {
    asked.asking++
    while (asked.waiting.length > 0) {
      await sleep(TOGETHER_MS)
      this.#expire(table, asked)
      if (!asked.waiting.some(isDue)) continue
      await this.#turn(table, asked)
      // meanwhile more may have come, and some may have waited too long
      this.#expire(table, asked)
      const items = takeDue(asked)
      try {
        if (items.length > 0) await this.#askFor(table, asked, items)
      } catch (error) {
        this.#options.logger.error(
          { err: error, table },
          'doubtful events could not be asked after; given back',
        )
        this.#options.events.late(table, items)
      }
      this.#giveTurn()
    }
    if (--asked.asking === 0) this.#tables.delete(table)
  }

  async #turn(table: string, asked: Asked): Promise<void> {
    if (this.#queries < MOST_QUERIES) {
      this.#queries++
      return
    }
    const look = setInterval(() => this.#expire(table, asked), LOOK_MS)
    const [first] = asked.waiting
    const source = first ? turnOf(sourceOf(first.item.message)) : ''
    await new Promise<void>((resolve) => this.#turns.push(source, resolve))
    clearInterval(look)
  }

  /** The turn goes from hand to hand. */
  #giveTurn(): void {
    const next = this.#turns.shift()
    if (next) next()
    else this.#queries--
  }

  #expire(table: string, asked: Asked): void {
    const now = steadyNow()
    // what Pub/Sub may have given to somebody else is theirs to ask after
    const isLate = ({ item }: Waiting) => item.deadline <= now || item.lease.isLost()
    const [late, others] = divide(asked.waiting, isLate)
    if (late.length === 0) return
    asked.waiting = others
    this.#options.events.late(table, this.#left(late.map(({ item }) => item)))
  }

  async #askFor(table: string, asked: Asked, items: readonly Item[]): Promise<void> {
    const { events } = this.#options
    let keys: readonly RowKey[]
    let answer: Answer
    try {
      keys = items.map(keyOf)
      answer = await this.#find(table, asked, keys)
    } finally {
      this.#left(items)
    }
    const rows = typeof answer === 'string' ? noRows() : answer
    const found = new Set(items.filter((_, index) => rows.has(keyTextOf(keys[index]!))))
    const [there, others] = divide(items, (item) => found.has(item))
    const [later, absent] = divide(others, (item) => answer === 'silent' && isAskedAgain(item))
    if (there.length > 0) events.found(table, there)
    if (later.length > 0) events.late(table, later)
    if (absent.length > 0) events.absent(table, absent)
  }

  #left<Items extends readonly Item[]>(items: Items): Items {
    for (const item of items) this.#options.room.leave(item)
    return items
  }

  async #find(table: string, asked: Asked, keys: readonly RowKey[]): Promise<Answer> {
    const { lookup, logger, isThere } = this.#options
    for (let tries = 1; ; tries++) {
      if (asked.pause && asked.pause.until >= steadyNow()) return asked.pause.why
      try {
        const rows = await this.#answer(table, keys)
        if (rows) return rows
        // queries may see a table later than others do: only where nobody sees it, it has no rows
        if ((await isThere(table)) === 'no') return noRows()
        throw new UnseenError()
      } catch (error) {
        const isPassing = error instanceof PassingError || lookup.mayPass(error)
        if (tries < TRIES && isPassing) {
          await sleep(backoff(tries, RETRYING))
          continue
        }
        const events = keys.length
        if (error instanceof UnseenError) {
          logger.warn(
            { table, events },
            'queries see no such table, and it may be there: rows may come twice',
          )
          return 'refused'
        }
        asked.pause = isPassing
          ? { why: 'silent', until: steadyNow() + SILENT_MS }
          : { why: 'refused', until: steadyNow() + REFUSED_MS }
        const then = isPassing ? 'asked after again when they come again' : 'rows may come twice'
        logger.warn({ err: error, table, events }, `a table could not be asked; ${then}`)
        return asked.pause.why
      }
    }
  }

  async #answer(table: string, keys: readonly RowKey[]): Promise<ReadonlySet<string> | undefined> {
    const { lookup, answerMs = ANSWER_MS } = this.#options
    let timer: NodeJS.Timeout | undefined
    const noAnswer = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new NoAnswerError(answerMs)), answerMs)
    })
    try {
      return await Promise.race([lookup.find(table, keys), noAnswer])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Why there is no answer: `silent`, there may be one the next time; `refused`, there will be none. */
type NoAnswer = 'silent' | 'refused'

/** Which rows a table has, by their keys. */
type Answer = ReadonlySet<string> | NoAnswer

const noRows = (): ReadonlySet<string> => new Set()

/** What may be otherwise in a moment. */
class PassingError extends Error {}

class UnseenError extends PassingError {
  constructor() {
    super('queries see no such table, and it may be there')
  }
}

class NoAnswerError extends PassingError {
  constructor(answerMs: number) {
    super(`BigQuery did not answer within ${answerMs / 1000} s`)
  }
}

/** Where nobody counts the deliveries, nobody would know of the doubt when it comes again. */
function isAskedAgain({ deliveryAttempt }: Item): boolean {
  return deliveryAttempt > 0 && deliveryAttempt < LAST_ASKED
}

function isDue({ due }: Waiting): boolean {
  return due <= steadyNow()
}

/** As many as one query takes, and one turn reads: their keys stand in their bytes. */
function takeDue(asked: Asked): Item[] {
  const turn = new OneTurn()
  const due = asked.waiting.filter((each) => isDue(each) && turn.takes(each.item)).slice(0, MOST_KEYS)
  const taken = new Set(due)
  asked.waiting = asked.waiting.filter((each) => !taken.has(each))
  return due.map(({ item }) => item)
}

function keyOf(item: Item): RowKey {
  const { eventType, source, eventId, eventDate } = envelopeOf(item)
  return { eventType, source, eventId, eventDate, fingerprint: fingerprintText(item) }
}
