import { setTimeout as sleep } from 'node:timers/promises'
import { backoff, type Logger } from '@tablestream/service-kit'
import { fingerprintText } from '../judge/fingerprint.ts'
import { envelopeOf, standAlone, type Item } from '../judge/item.ts'
import { keyTextOf, type RowKey, type RowLookup } from './row-lookup.ts'

export interface DoubtEvents {
  /** The rows of these are in the table. */
  found(table: string, items: readonly Item[]): void
  /** As far as anybody can tell, these are not. */
  absent(table: string, items: readonly Item[]): void
}

export interface DoubtsOptions {
  readonly lookup: RowLookup
  readonly logger: Logger
  readonly events: DoubtEvents
}

/** Events that come close to each other are asked after in one query. */
const TOGETHER_MS = 200
/** Keys of a query. */
const MOST_KEYS = 2000
/** Queries under way, of all tables. */
const MOST_QUERIES = 8
const TRIES = 3
const RETRYING = { firstMs: 500, longestMs: 4000 }
/** After a query that BigQuery refuses, the table is not asked again for so long. */
const REFUSED_MS = 60_000

/** Those of one table that wait for an answer. */
interface Asked {
  waiting: Waiting[]
  refusedUntil: number
}

interface Waiting {
  readonly item: Item
  /** Milliseconds since 1970: not asked before. */
  readonly due: number
}

/**
 * Events that may have a row already: somebody had them before, or an append of ours ended without an answer. Before they are
 * written, the table is asked, one query for many. When it cannot be asked they are written: a row that is there twice is
 * better than none (docs/decisions/0013-asking-the-table.md).
 */
export class Doubts {
  readonly #options: DoubtsOptions
  readonly #tables = new Map<string, Asked>()
  #queries = 0
  readonly #turns: (() => void)[] = []

  constructor(options: DoubtsOptions) {
    this.#options = options
  }

  /** Whether nobody waits for an answer. */
  get isIdle(): boolean {
    return this.#tables.size === 0
  }

  /** @param waitMs so long nobody asks: what may still be on its way to the table would not be seen */
  add(table: string, items: readonly Item[], waitMs: number): void {
    const due = Date.now() + waitMs
    const added = items.map((item) => ({ item, due }))
    for (const item of items) standAlone(item)
    const asked = this.#tables.get(table)
    if (asked) {
      asked.waiting.push(...added)
      return
    }
    const first = { waiting: added, refusedUntil: 0 }
    this.#tables.set(table, first)
    void this.#ask(table, first)
  }

  /** Those that no query is under way for. */
  takeWaiting(): Item[] {
    return [...this.#tables.values()].flatMap(({ waiting }) => waiting.splice(0).map(({ item }) => item))
  }

  async #ask(table: string, asked: Asked): Promise<void> {
    while (asked.waiting.length > 0) {
      await sleep(TOGETHER_MS)
      const items = takeDue(asked)
      if (items.length === 0) continue
      await this.#turn()
      await this.#askFor(table, asked, items)
      this.#queries--
      this.#turns.shift()?.()
    }
    this.#tables.delete(table)
  }

  async #turn(): Promise<void> {
    while (this.#queries >= MOST_QUERIES) await new Promise<void>((resolve) => this.#turns.push(resolve))
    this.#queries++
  }

  async #askFor(table: string, asked: Asked, items: readonly Item[]): Promise<void> {
    const { events } = this.#options
    const keys = items.map(keyOf)
    const rows = await this.#find(table, asked, keys)
    const has = (_: Item, index: number) => rows.has(keyTextOf(keys[index]!))
    const found = items.filter(has)
    if (found.length > 0) events.found(table, found)
    if (found.length < items.length)
      events.absent(
        table,
        items.filter((item, index) => !has(item, index)),
      )
  }

  async #find(table: string, asked: Asked, keys: readonly RowKey[]): Promise<ReadonlySet<string>> {
    const { lookup, logger } = this.#options
    for (let tries = 1; asked.refusedUntil < Date.now(); tries++) {
      try {
        return await lookup.find(table, keys)
      } catch (error) {
        const isFinal = tries === TRIES || !lookup.mayPass(error)
        if (isFinal) {
          asked.refusedUntil = Date.now() + REFUSED_MS
          logger.warn(
            { err: error, table, events: keys.length },
            'a table could not be asked; rows may come twice',
          )
        } else await sleep(backoff(tries, RETRYING))
      }
    }
    return new Set()
  }
}

function takeDue(asked: Asked): Item[] {
  const now = Date.now()
  const isDue = ({ due }: Waiting) => due <= now
  const due = asked.waiting.filter(isDue).slice(0, MOST_KEYS)
  const taken = new Set(due)
  asked.waiting = asked.waiting.filter((each) => !taken.has(each))
  return due.map(({ item }) => item)
}

function keyOf(item: Item): RowKey {
  const { eventType, source, eventId, eventDate } = envelopeOf(item)
  return { eventType, source, eventId, eventDate, fingerprint: fingerprintText(item) }
}
