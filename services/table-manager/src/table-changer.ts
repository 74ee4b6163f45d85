import { setTimeout as sleep } from 'node:timers/promises'
import type { Destination, EventPolicy } from '@tablestream/contract'
import { backoff } from '@tablestream/service-kit'
import {
  plan,
  type Column,
  type JsonObject,
  type Plan,
  type PlanOptions,
  type Widening,
} from '@tablestream/table-schema'
import { classify } from './bigquery-errors.ts'
import type { ChangeOutcome, TableState, Tables } from './bigquery-tables.ts'
import { waitBeforeChange } from './change-pace.ts'
import { Quarantine } from './quarantine.ts'

/** What became of the table for one event. */
export type ChangeResult =
  | { readonly outcome: 'fits' | 'created' | 'altered' }
  /** The policy of the event type lets no table be created. */
  | { readonly outcome: 'frozen' }
  /** BigQuery will never accept it. */
  | { readonly outcome: 'refused'; readonly reason: string }

export interface TableChangerOptions {
  readonly tables: Tables
  readonly cacheMs: number
  readonly now: () => number
  readonly changed?: (change: TableChange) => void
  /** Told of the table whenever it was read or changed, where rows of it may be there twice. */
  readonly seen?: (table: string, state: TableState) => void
  /** Waits; a test that moves the clock passes its own. */
  readonly pause?: (ms: number) => Promise<unknown>
}

/** Told once for each change that was applied. Paths are by column names. */
export interface TableChange {
  readonly table: string
  readonly outcome: 'created' | 'altered'
  readonly added: readonly string[]
  readonly relaxed: readonly string[]
  readonly widened: readonly Widening[]
  /** The events that asked for it, a hundred at the most. */
  readonly eventIds: readonly string[]
}

/** An event and its id. */
export interface ChangeRequest {
  readonly event: JsonObject
  readonly eventId: string
}

interface Waiting extends ChangeRequest {
  readonly resolve: (result: ChangeResult) => void
  readonly reject: (error: unknown) => void
}

type Changes = Pick<Plan, 'outcome' | 'columns' | 'added' | 'relaxed' | 'widened'>

const VERIFY_AFTER_MS = 100
const MOST_FAILURES = 8
/** A change that somebody else was faster with is progress of the table: it is tried long. */
const MOST_LOSSES = 50
/** Instances that wait for one change do not all wake at once. */
const SPREAD_MS = 400
const RETRYING = { firstMs: 50, longestMs: 2000 }
const MOST_EVENT_IDS = 100
const PRIMARY_KEY = ['event_id']

/**
 * Keeps one table fit for the events that come: read, plan, apply under the etag, and again when somebody else was
 * faster. Events that arrive while a change is under way, or waits for its turn, go into the next change together.
 */
export class TableChanger {
  readonly #destination: Destination
  readonly #policy: EventPolicy
  readonly #options: TableChangerOptions
  readonly #quarantine: Quarantine | undefined
  readonly #observed = new WeakSet<JsonObject>()
  readonly #planOptions: PlanOptions
  #state: TableState | undefined
  #readAt = Number.NEGATIVE_INFINITY
  #waiting: Waiting[] = []
  #working = false
  #unverified: { readonly request: ChangeRequest; readonly since: number } | undefined
  #verification: NodeJS.Timeout | undefined

  constructor(destination: Destination, policy: EventPolicy, options: TableChangerOptions) {
    this.#destination = destination
    this.#policy = policy
    this.#options = options
    const quarantine = policy.quarantine && new Quarantine(policy.quarantine, options.now)
    this.#quarantine = quarantine
    this.#planOptions = {
      contract: destination.contract,
      columnLimit: policy.column_limit,
      columns: policy.columns === 'evolve' ? 'evolve' : 'freeze',
      ...(quarantine && { admit: (path: string) => quarantine.admits(path) }),
    }
  }

  /** Resolves when the table takes the event. Rejects when that may work later. */
  fit(request: ChangeRequest): Promise<ChangeResult> {
    if (this.#isFresh() && !this.#lacksKey(this.#state)) {
      this.#observe(request.event)
      if (this.#plan(this.#state?.columns, request.event).outcome === 'fits') {
        this.#verifyLater(request)
        return Promise.resolve({ outcome: 'fits' })
      }
    }
    return this.#enqueue(request)
  }

  #enqueue(request: ChangeRequest): Promise<ChangeResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...request, resolve, reject })
      if (!this.#working) void this.#work()
    })
  }

  /**
   * An event that was told to fit by what was known may be the last for long, and its table dropped since: then nobody
   * else would make the table again that its row waits for. So the table is looked at once more when that is out of date.
   */
  #verifyLater(request: ChangeRequest): void {
    this.#unverified = { request, since: this.#options.now() }
    if (this.#verification) return
    this.#verification = setTimeout(() => {
      this.#verification = undefined
      const { request: last, since } = this.#unverified!
      if (this.#readAt > since) return
      // what is known may be fresh still, from a change between: it is not what this look is for
      this.#readAt = Number.NEGATIVE_INFINITY
      // a change that fails here is tried again by the next event, and by the one that waits in the writer
      this.#enqueue(last).catch(() => {})
    }, this.#options.cacheMs + VERIFY_AFTER_MS).unref()
  }

  #isFresh(): boolean {
    const { now, cacheMs } = this.#options
    return this.#state !== undefined && now() - this.#readAt < cacheMs
  }

  #plan(columns: readonly Column[] | undefined, event: JsonObject): Plan {
    // the columns that a table is made with are not in quarantine: there is nothing yet that they could spoil
    const { admit: _, ...creating } = this.#planOptions
    return plan(columns, event, columns ? this.#planOptions : { ...creating, columns: 'evolve' })
  }

  /** Counts the columns that an event asks for, once. */
  #observe(event: JsonObject): void {
    if (!this.#quarantine || !this.#state || this.#observed.has(event)) return
    this.#observed.add(event)
    const asked: string[] = []
    plan(this.#state.columns, event, { ...this.#planOptions, admit: (path) => asked.push(path) > 0 })
    this.#quarantine.observe(asked)
  }

  async #work(): Promise<void> {
    this.#working = true
    while (this.#waiting.length > 0) {
      const batch: Waiting[] = []
      try {
        const result = await this.#change(batch)
        for (const { resolve } of batch) resolve(result)
      } catch (error) {
        this.#forget()
        for (const { reject } of batch) reject(error)
      }
    }
    this.#working = false
  }

  /** @param batch takes in those who come while a change waits for its turn */
  async #change(batch: Waiting[]): Promise<ChangeResult> {
    let failures = 0
    let waitedFor: TableState | undefined
    for (let losses = 0; losses < MOST_LOSSES;) {
      batch.push(...this.#waiting.splice(0))
      try {
        const state = await this.#read()
        for (const { event } of batch) this.#observe(event)
        const wanted = this.#planAll(state, batch)
        if (wanted.outcome === 'fits' && !this.#lacksKey(state)) return { outcome: 'fits' }
        const wait = state ? waitBeforeChange(state, this.#options.now()) : 0
        // once for each change of somebody else's: rows that are written may count as modifications too
        if (wait > 0 && !hasSameColumns(state, waitedFor)) {
          waitedFor = state
          await this.#pause(wait + Math.random() * SPREAD_MS)
          this.#forget()
          continue
        }
        const result = await (state ? this.#alter(state, wanted, batch) : this.#create(wanted, batch))
        if (result) return result
        losses++
      } catch (error) {
        if (classify(error) === 'refused') return { outcome: 'refused', reason: (error as Error).message }
        if (++failures === MOST_FAILURES) throw error
        await this.#pause(backoff(failures, RETRYING))
      }
      this.#forget()
    }
    throw new Error(`table ${this.#destination.table} was changed by others ${MOST_LOSSES} times`)
  }

  async #create(wanted: Changes, requests: readonly ChangeRequest[]): Promise<ChangeResult | undefined> {
    if (this.#policy.tables === 'freeze') return { outcome: 'frozen' }
    const created = this.#options.tables.create(this.#destination, wanted.columns, {
      requirePartitionFilter: this.#policy.require_partition_filter,
      ...this.#key,
    })
    return this.#apply(created, requests, { ...wanted, added: wanted.columns.map(({ name }) => name) })
  }

  /** Columns are widened by DDL and added by the API: two changes, where an event asks for both. */
  async #alter(
    state: TableState,
    wanted: Changes,
    requests: readonly ChangeRequest[],
  ): Promise<ChangeResult | undefined> {
    const { tables } = this.#options
    const { table } = this.#destination
    const { added, relaxed, widened, columns } = wanted
    let current = state
    if (widened.length > 0) {
      const done = await this.#apply(tables.widen(table, state, columns), requests, {
        ...wanted,
        added: [],
        relaxed: [],
      })
      if (!done || (added.length + relaxed.length === 0 && !this.#lacksKey(state))) return done
      current = this.#state!
    }
    return this.#apply(tables.alter(table, current, columns, this.#key), requests, { ...wanted, widened: [] })
  }

  get #key(): { readonly primaryKey?: readonly string[] } {
    return this.#policy.duplicates === 'upsert' ? { primaryKey: PRIMARY_KEY } : {}
  }

  /** A table that was made before its type's policy asked for upserts gets its key by the next event. */
  #lacksKey(state: TableState | undefined): boolean {
    return state !== undefined && this.#policy.duplicates === 'upsert' && state.primaryKey.length === 0
  }

  async #apply(
    change: Promise<ChangeOutcome>,
    requests: readonly ChangeRequest[],
    { outcome, added, relaxed, widened }: Changes,
  ): Promise<ChangeResult | undefined> {
    const done = await change
    if (done.outcome === 'lost') return undefined
    this.#remember(done.state)
    const eventIds = requests.slice(0, MOST_EVENT_IDS).map(({ eventId }) => eventId)
    const result = outcome === 'create' ? 'created' : 'altered'
    this.#options.changed?.({
      table: this.#destination.table,
      outcome: result,
      added,
      relaxed,
      widened,
      eventIds,
    })
    return { outcome: result }
  }

  #planAll(state: TableState | undefined, requests: readonly ChangeRequest[]): Changes {
    let columns: readonly Column[] | undefined = state?.columns
    const first = state === undefined ? 'create' : 'alter'
    let outcome: Plan['outcome'] = 'fits'
    const [added, relaxed, widened]: [string[], string[], Widening[]] = [[], [], []]
    for (const { event } of requests) {
      const step = this.#plan(columns, event)
      if (step.outcome !== 'fits') outcome = first
      columns = step.columns
      added.push(...step.added)
      relaxed.push(...step.relaxed)
      widened.push(...step.widened)
    }
    return { outcome, columns: columns ?? [], added, relaxed, widened }
  }

  async #read(): Promise<TableState | undefined> {
    if (this.#isFresh()) return this.#state
    const state = await this.#options.tables.read(this.#destination.table)
    if (state) this.#remember(state)
    else this.#forget()
    return state
  }

  #remember(state: TableState): void {
    this.#state = state
    this.#readAt = this.#options.now()
    if (this.#policy.duplicates === 'view') this.#options.seen?.(this.#destination.table, state)
  }

  #forget(): void {
    this.#state = undefined
  }

  async #pause(ms: number): Promise<void> {
    await (this.#options.pause ?? sleep)(ms)
  }
}

function hasSameColumns(one: TableState | undefined, two: TableState | undefined): boolean {
  return one !== undefined && two !== undefined && JSON.stringify(one.fields) === JSON.stringify(two.fields)
}
