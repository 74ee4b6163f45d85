import { setImmediate as turn } from 'node:timers/promises'
import type { Destination } from '@tablestream/contract'
import type { Column, ColumnType } from '@tablestream/table-schema'
import { fieldsOfColumns } from '../../src/bigquery/table-fields.ts'
import type { ChangeOutcome, CreateOptions, Tables, TableState } from '../../src/tables.ts'

export interface FakeRules {
  /** BigQuery's words, where it refuses a table with this column. */
  readonly refuses?: (column: Column) => string | undefined
  /** And where it refuses to give a column this type. */
  readonly refusesWidening?: (name: string, to: ColumnType) => string | undefined
  /** Whether BigQuery objects by an error of which nobody knows whether it is final. */
  readonly isVague?: boolean
  /** Milliseconds until a read tells of a change. */
  readonly lagMs?: number
  /** Milliseconds that a change takes; then there is BigQuery's quota of them, too, in which refused ones count as well. */
  readonly changeMs?: number
  readonly isPartitioned?: boolean
}

const WINDOW_MS = 10_000
const QUOTA = 5
const QUOTA_PARTITIONED = 50

/** One table with etags, as BigQuery keeps it; records what was asked of it. */
export class FakeTables implements Tables {
  readonly asked: string[] = []
  state: TableState | undefined
  /** What the next calls fail with, in their order. */
  failures: Error[] = []
  /** What the next calls fail with after they were done. */
  lostAnswers: Error[] = []
  rules: FakeRules = {}
  readonly #clock: { now: number }
  #changes: readonly number[] = []
  readonly #versions: { readonly state: TableState; readonly at: number }[] = []
  #etag = 0

  constructor(clock = { now: 0 }) {
    this.#clock = clock
  }

  async read(): Promise<TableState | undefined> {
    await this.#ask('read')
    const { lagMs } = this.rules
    if (lagMs === undefined) return this.state
    return this.#versions.findLast(({ at }) => at + lagMs <= this.#clock.now)?.state
  }

  async create(
    _destination: Destination,
    columns: readonly Column[],
    { primaryKey = [] }: CreateOptions = {},
  ): Promise<ChangeOutcome> {
    await this.#ask('create')
    return this.state ? { outcome: 'lost' } : this.#change(columns, columns, primaryKey)
  }

  async alter(
    _table: string,
    state: TableState,
    columns: readonly Column[],
    { primaryKey = state.primaryKey }: CreateOptions = {},
  ): Promise<ChangeOutcome> {
    await this.#ask('alter')
    if (!this.state || this.state.etag !== state.etag) return { outcome: 'lost' }
    const old = this.state.columns.map(({ name }) => name)
    return this.#change(
      columns,
      columns.filter(({ name }) => !old.includes(name)),
      primaryKey,
    )
  }

  /** By DDL, which knows no etag: what others have added since stays. */
  async widen(_table: string, state: TableState, columns: readonly Column[]): Promise<ChangeOutcome> {
    await this.#ask('widen')
    const now = this.state!
    for (const { name, type } of columns) {
      const before = state.columns.find((column) => column.name === name)
      if (!before || before.type === type) continue
      const words = this.rules.refusesWidening?.(name, type)
      if (words !== undefined) return this.#refusal(words)
    }
    const wider = now.columns.map((column) => {
      const wanted = columns.find(({ name }) => name === column.name)
      return wanted ? { ...column, type: wanted.type } : column
    })
    return this.#change(wider, [], now.primaryKey)
  }

  async insertChange(): Promise<void> {}
  async keepView(): Promise<void> {}
  async check(): Promise<void> {}

  async #ask(what: string): Promise<void> {
    this.asked.push(what)
    const failure = this.failures.shift()
    if (failure) throw failure
    const { changeMs } = this.rules
    if (changeMs !== undefined && what !== 'read') this.#takeTurn(changeMs)
    await turn()
  }

  #takeTurn(changeMs: number): void {
    this.#clock.now += changeMs
    const { now } = this.#clock
    this.#changes = this.#changes.filter((time) => time > now - WINDOW_MS)
    if (this.#changes.length >= (this.rules.isPartitioned ? QUOTA_PARTITIONED : QUOTA))
      throw Object.assign(new Error('Exceeded rate limits: too many table update operations'), {
        code: 403,
        errors: [{ reason: 'rateLimitExceeded' }],
      })
    this.#changes = [...this.#changes, now]
  }

  #change(
    columns: readonly Column[],
    added: readonly Column[],
    primaryKey: readonly string[],
  ): ChangeOutcome {
    for (const column of added) {
      const words = this.rules.refuses?.(column)
      if (words !== undefined) return this.#refusal(words)
    }
    const missing = this.state?.columns.find(({ name }) => !columns.some((column) => column.name === name))
    if (missing) return this.#refusal(`Field ${missing.name} is missing in new schema`)
    const state = this.#keep(columns, primaryKey)
    const lost = this.lostAnswers.shift()
    if (lost) throw lost
    return { outcome: 'done', state }
  }

  #refusal(reason: string): ChangeOutcome {
    return { outcome: 'refused', isFinal: !this.rules.isVague, reason }
  }

  #keep(columns: readonly Column[], primaryKey: readonly string[]): TableState {
    const { now } = this.#clock
    const createdAt = this.state?.createdAt ?? now
    this.state = {
      columns,
      fields: fieldsOfColumns(columns),
      etag: String(++this.#etag),
      primaryKey,
      isPartitioned: this.rules.isPartitioned ?? false,
      requiresPartitionFilter: false,
      createdAt,
      // like BigQuery's, no two changes at one time
      modifiedAt: this.state ? Math.max(now, createdAt + 1) : createdAt,
    }
    this.#versions.push({ state: this.state, at: now })
    return this.state
  }
}
