import { setTimeout as sleep } from 'node:timers/promises'
import type { Destination } from '@tablestream/contract'
import { plan, type Column, type JsonObject } from '@tablestream/table-schema'
import { classify } from './bigquery-errors.ts'
import type { TableState, Tables } from './bigquery-tables.ts'

/** What became of the table for one event. */
export type ChangeResult =
  | { readonly outcome: 'fits' | 'created' | 'altered'; readonly added: readonly string[] }
  /** BigQuery will never accept it. */
  | { readonly outcome: 'refused'; readonly reason: string }

export interface TableChangerOptions {
  readonly tables: Tables
  readonly cacheMs: number
  readonly now: () => number
  readonly changed?: (change: TableChange) => void
}

/** Told once for each change that was applied. */
export interface TableChange {
  readonly table: string
  readonly outcome: 'created' | 'altered'
  readonly added: readonly string[]
}

interface Waiting {
  readonly event: JsonObject
  readonly resolve: (result: ChangeResult) => void
  readonly reject: (error: unknown) => void
}

const ATTEMPTS = 8
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 2000

/**
 * Keeps one table fit for the events that come: read, plan, apply under the etag, and again when somebody else was
 * faster. Events that arrive while a change is under way go into the next change together.
 */
export class TableChanger {
  readonly #destination: Destination
  readonly #options: TableChangerOptions
  #state: TableState | undefined
  #readAt = Number.NEGATIVE_INFINITY
  #waiting: Waiting[] = []
  #working = false

  constructor(destination: Destination, options: TableChangerOptions) {
    this.#destination = destination
    this.#options = options
  }

  /** Resolves when the table takes the event. Rejects when that may work later. */
  fit(event: JsonObject): Promise<ChangeResult> {
    if (this.#isFresh() && this.#plan(this.#state, event).outcome === 'fits') {
      return Promise.resolve({ outcome: 'fits', added: [] })
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ event, resolve, reject })
      if (!this.#working) void this.#work()
    })
  }

  #isFresh(): boolean {
    const { now, cacheMs } = this.#options
    return this.#state !== undefined && now() - this.#readAt < cacheMs
  }

  #plan(state: Pick<TableState, 'columns'> | undefined, event: JsonObject) {
    return plan(state?.columns, event, { contract: this.#destination.contract })
  }

  async #work(): Promise<void> {
    this.#working = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        const result = await this.#change(batch.map(({ event }) => event))
        for (const { resolve } of batch) resolve(result)
      } catch (error) {
        this.#forget()
        for (const { reject } of batch) reject(error)
      }
    }
    this.#working = false
  }

  async #change(events: readonly JsonObject[]): Promise<ChangeResult> {
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await this.#attempt(events)
        if (result) return result
      } catch (error) {
        if (classify(error) === 'refused') return { outcome: 'refused', reason: (error as Error).message }
        if (attempt === ATTEMPTS) throw error
      }
      this.#forget()
      if (attempt === ATTEMPTS)
        throw new Error(`table ${this.#destination.table} kept changing under ${attempt} attempts`)
      await sleep(jitter(Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS)))
    }
  }

  /** One round of read, plan, apply; undefined when another instance was faster. */
  async #attempt(events: readonly JsonObject[]): Promise<ChangeResult | undefined> {
    const { tables, changed } = this.#options
    const { table } = this.#destination
    const state = await this.#read()
    const wanted = this.#planAll(state, events)
    if (wanted.outcome === 'fits') return { outcome: 'fits', added: [] }
    const done = state
      ? await tables.alter(table, state, wanted.columns)
      : await tables.create(this.#destination, wanted.columns)
    if (done.outcome === 'lost') return undefined
    this.#remember(done.state)
    const outcome = state ? 'altered' : 'created'
    const added = state ? wanted.added : wanted.columns.map(({ name }) => name)
    changed?.({ table, outcome, added })
    return { outcome, added }
  }

  #planAll(state: TableState | undefined, events: readonly JsonObject[]) {
    let columns: readonly Column[] | undefined = state?.columns
    let outcome: 'fits' | 'create' | 'alter' = 'fits'
    const added: string[] = []
    for (const event of events) {
      const step = this.#plan(columns && { columns }, event)
      if (step.outcome !== 'fits' && outcome === 'fits') outcome = step.outcome
      columns = step.columns
      added.push(...step.added)
    }
    return { outcome, columns: columns ?? [], added }
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
  }

  #forget(): void {
    this.#state = undefined
  }
}

/** Between half and the whole, so that instances that lost together do not meet again. */
function jitter(ms: number): number {
  return ms * (0.5 + Math.random() / 2)
}
