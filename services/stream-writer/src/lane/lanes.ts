import { destination, type EventPolicies } from '@tablestream/contract'
import type { Incarnation } from '../row/write-schema.ts'
import type { LaneOptions } from './lane-options.ts'
import { TableLane } from './table-lane.ts'

export interface LanesOptions extends Omit<
  LaneOptions,
  'table' | 'policy' | 'contract' | 'before' | 'learned'
> {
  readonly policies: EventPolicies
  /** Columns of all lanes together, nested ones too. */
  readonly mostColumns?: number
}

/** A column of a lane takes about 900 bytes: its encoders, its names, its place in the descriptor. */
const MOST_COLUMNS = 200_000
const MOST_LANES = 10_000
/** When so many are there, those go that nobody asked for in so long. */
const MANY_LANES = 1000
const IDLE_MS = 600_000
/** Of so many tables it is remembered which one it was, when their lane is gone. */
const MOST_REMEMBERED = 20_000

/**
 * The lanes of all tables that events came for. What they take grows with the columns of their tables, and anybody may make up types
 * with thousands of them: so it is columns that are counted, and the widest lane is let go first, and the one that was idle longest.
 */
export class Lanes {
  readonly #options: LanesOptions
  readonly #lanes = new Map<string, TableLane>()
  /** The tables of lanes that are gone: what landed there is still known to have landed. */
  readonly #gone = new Map<string, Incarnation>()
  #columns = 0
  #state: 'open' | 'finished' | 'closed' = 'open'

  constructor(options: LanesOptions) {
    this.#options = options
  }

  /** Whether no item is without its end. */
  get isIdle(): boolean {
    return this.#lanes.values().every(({ isIdle }) => isIdle)
  }

  /** The lane of a table, where events came for it before. */
  get(table: string): TableLane | undefined {
    const lane = this.#lanes.get(table)
    if (lane) lane.askedAt = this.#options.now()
    return lane
  }

  /** The lane that events of this type go into. */
  of(eventType: string): TableLane {
    const { table } = destination(eventType)
    const lane = this.get(table) ?? this.#make(table, eventType)
    lane.askedAt = this.#options.now()
    return lane
  }

  /** How many items wait, by table. */
  *parked(): Generator<[string, number]> {
    for (const { table, parked } of this.#lanes.values()) if (parked > 0) yield [table, parked]
  }

  /** What is pulled or judged after this and `close` has a lane that ends as these do. */
  finish(): void {
    this.#state = 'finished'
    for (const lane of this.#lanes.values()) lane.finish()
  }

  close(): void {
    this.#state = 'closed'
    for (const lane of this.#lanes.values()) lane.close()
  }

  #make(table: string, eventType: string): TableLane {
    const { policies, mostColumns: _, ...options } = this.#options
    const lane: TableLane = new TableLane({
      ...options,
      table,
      contract: destination(eventType).contract,
      policy: policies.of(eventType),
      before: this.#gone.get(table),
      learned: (columns) => this.#learned(lane, columns),
    })
    if (this.#lanes.size >= MANY_LANES) this.#letGo(options.now() - IDLE_MS)
    if (this.#lanes.size >= MOST_LANES) this.#dropOldest()
    this.#gone.delete(table)
    this.#lanes.set(table, lane)
    if (this.#state === 'finished') lane.finish()
    if (this.#state === 'closed') lane.close()
    return lane
  }

  #learned(lane: TableLane, columns: number): void {
    // one that was let go may still hear of its table
    if (this.#lanes.get(lane.table) !== lane) return
    this.#columns += columns
    const { mostColumns = MOST_COLUMNS } = this.#options
    while (this.#columns > mostColumns && this.#makeRoom(lane));
  }

  #letGo(since: number): void {
    for (const lane of this.#lanes.values()) if (lane.askedAt < since && lane.isIdle) this.#drop(lane)
  }

  /** One whose events only wait goes, too, and gives them back: only what is on its way to its table cannot be left alone. */
  #dropOldest(): void {
    const resting = this.#resting()
    const idle = resting.filter(({ isIdle }) => isIdle)
    this.#dropMost(idle.length > 0 ? idle : resting, () => 1)
  }

  /**
   * Lets go of columns for a lane that learned its own: of idle lanes as many as it takes, the wide ones before those that are idle for
   * longer. Where others have events that wait, none of them gives them back for a wider one: that one goes itself.
   */
  #makeRoom(newcomer: TableLane): boolean {
    const others = this.#resting().filter((lane) => lane !== newcomer && lane.columns > 0)
    const idle = others.filter(({ isIdle }) => isIdle)
    const isAsWide = ({ columns }: TableLane) => columns >= newcomer.columns
    const widthOf = ({ columns }: TableLane) => columns
    return (
      this.#dropMost(idle.length > 0 ? idle : others.filter(isAsWide), widthOf) ||
      (others.length > 0 && !newcomer.isSending && this.#dropMost([newcomer], widthOf))
    )
  }

  #resting(): TableLane[] {
    return [...this.#lanes.values()].filter(({ isSending }) => !isSending)
  }

  /** @param weightOf what a lane's idle time is multiplied by */
  #dropMost(lanes: readonly TableLane[], weightOf: (lane: TableLane) => number): boolean {
    const now = this.#options.now()
    let dropped: TableLane | undefined
    let most = -1
    for (const lane of lanes) {
      const weight = weightOf(lane) * (now - lane.askedAt)
      if (weight <= most) continue
      dropped = lane
      most = weight
    }
    if (dropped) this.#drop(dropped)
    return dropped !== undefined
  }

  #drop(lane: TableLane): void {
    this.#lanes.delete(lane.table)
    this.#columns -= lane.columns
    if (lane.incarnation !== undefined) this.#gone.set(lane.table, lane.incarnation)
    const [oldest] = this.#gone.keys()
    if (this.#gone.size > MOST_REMEMBERED) this.#gone.delete(oldest!)
    lane.close()
  }
}
