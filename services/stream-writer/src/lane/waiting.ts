import { sourceOf, turnOf } from '@tablestream/contract'
import type { Incarnation } from '../row/write-schema.ts'
import { envelopeOf, type Item } from '../item/item.ts'
import { soon } from '../long-work.ts'
import { isLarge, OneTurn } from '../one-turn.ts'
import { Presence } from '../presence/presence.ts'
import { TableRequests } from '../requests/table-requests.ts'
import type { WriteSchema } from '../row/write-schema.ts'
import type { LaneOptions } from './lane-options.ts'
import { Parked } from '../item/parking.ts'
import { tableNotAllowed } from './row-rejections.ts'
import { SchemaWatch } from './schema-watch.ts'

/** Events that say at one look what a table begins with; those behind them at the next. */
const FIRST_ASKING = 20

/** What those who wait must know of their lane. */
export interface LaneOfWaiting {
  /** The table that rows go into, or went into last; undefined while none was known. */
  incarnation(): Incarnation | undefined
  /** Whether it is known what the table looks like. */
  isKnown(): boolean
  /** Milliseconds until the write path is asked the next time. */
  wait(): number
  /** The write path says this while items wait, undefined that there is no table; true where that was news. */
  told(schema: WriteSchema | undefined): boolean
  /** There is no table: nothing that was known of it is true. */
  forget(): void
  giveBack(items: readonly Item[]): void
}

/**
 * The items of one table that wait for it, or for a column of it: what table-manager is asked for them, and who looks whether it is
 * there by now. They keep their order.
 */
export class Waiting {
  readonly parked: Parked
  /** What table-manager is asked for; undefined where somebody else asks. */
  readonly requests: TableRequests | undefined
  readonly #options: LaneOptions
  readonly #lane: LaneOfWaiting
  readonly #watch: SchemaWatch
  readonly #presence: Presence
  #isOver = false

  constructor(options: LaneOptions, lane: LaneOfWaiting) {
    this.#options = options
    this.#lane = lane
    const { table, writePath, logger, policy, now, later = soon } = options
    this.parked = new Parked(options.parking)
    const known = { table, writePath, logger, now }
    const { ask, contract, before, hopes, admissions } = options
    const asking = { ...known, policy, contract, hopes, admissions, before, later }
    this.requests = ask && new TableRequests({ ...asking, ask })
    const whose = () => ({ source: this.parked.source, wasThere: lane.incarnation() !== undefined })
    this.#presence = new Presence({ ...known, tablesGet: options.tablesGet, whose })
    this.#watch = new SchemaWatch({
      ...known,
      upsert: policy.duplicates === 'upsert',
      source: () => this.parked.source,
      shown: () => this.#presence.shown(),
      notShown: (since) => this.#notShown(since),
      isInLine: () => this.requests?.isInLine === true,
    })
  }

  /** What the write path tells of the table now: `no` where there surely is none, `unknown` where nobody knows. */
  async look(): Promise<WriteSchema | 'no' | 'unknown'> {
    const since = this.#options.now()
    const schema = await this.#watch.readLately()
    if (schema) return schema
    const isAbsent = (await this.#presence.ask(since)) === 'no'
    // tables.get alone may not know a table yet that somebody made a moment ago
    return isAbsent && (this.#watch.isTold || this.#presence.isSurelyAbsent) ? 'no' : 'unknown'
  }

  /** As the write path tells it now, whatever it told a moment ago. */
  read(): Promise<WriteSchema | undefined> {
    return this.#watch.read()
  }

  /** False where the item is given back. */
  park(item: Item): boolean {
    const isLate = item.deadline <= this.#options.now()
    if (this.#isOver || isLate || !this.parked.add(item, this.#lane.incarnation() !== undefined)) {
      this.#lane.giveBack([item])
      return false
    }
    const isWanted = () => this.parked.size > 0 && !this.#isOver
    void this.#watch.start(this.#lane.wait(), isWanted, (schema) => this.#lane.told(schema))
    return true
  }

  /** From now on nobody waits: what would is given back. */
  end(): void {
    this.#isOver = true
  }

  /** Nobody knows whether there is a table. To ask for one that may be there costs nothing; to reject what waits for it would. */
  async #notShown(since: number): Promise<void> {
    const { events, table, policy } = this.#options
    // nobody wonders why a table is not shown that was not asked for
    if (!this.requests?.isInLine) this.#presence.notShown()
    const mayBeMade = policy.tables !== 'freeze'
    if (mayBeMade && this.#lane.incarnation() === undefined) return this.#askForTable()
    const isThere = await this.#presence.ask(since)
    if (isThere === 'no') this.#lane.forget()
    if (mayBeMade && isThere !== 'yes' && !this.#lane.isKnown()) this.#askForTable()
    if (mayBeMade || isThere !== 'no' || !this.#presence.isSurelyAbsent) return
    for (const item of this.parked.takeAll()) events.deadLetter(table, item, tableNotAllowed(table))
  }

  /** Those that wait ask for a table that takes them, a few at a look. */
  #askForTable(): void {
    const [requests, { later = soon }] = [this.requests, this.#options]
    if (!requests) return
    requests.told(undefined)
    const turn = new OneTurn()
    let asking = 0
    for (const item of this.parked.items) {
      if (requests.isSeenTo(item) || !turn.takes(item)) continue
      if (asking++ === FIRST_ASKING) return
      // a large one has a turn of its own, before which it may have asked, or wait no more
      const ask = (): undefined => {
        const isWanted = !requests.isSeenTo(item) && this.parked.items.includes(item)
        if (isWanted) requests.lacks(item, envelopeOf(item).event)
      }
      if (isLarge(item.message)) later(ask, turnOf(sourceOf(item.message)))
      else ask()
    }
  }
}
