import type { DuckDBConnection } from '@duckdb/node-api'
import { BigQueryError, notImplemented } from '../errors.ts'
import { storedFields } from '../table/partition-time.ts'
import { physical } from '../table/physical.ts'
import { incarnationOf, tableId, type Table, type TableReference } from '../table/table.ts'
import { quote, type Field } from '../values/fields.ts'
import { addRows, laterThan, type Appended } from './appended.ts'
import { copyOf, type TableCopy } from './table-copy.ts'

/** Rows that are there stay as they are, there are other columns; the rows are copied; or nothing is known of what was. */
export type Kept = 'rows' | 'copy' | 'nothing'

/** A table as it was until something but new rows came. */
interface Version {
  readonly until: number
  readonly table: Pick<Table, 'reference' | 'spec' | 'fields'>
  /** Undefined: the next version begins with its rows. */
  readonly copy: TableCopy | undefined
  readonly appended: readonly Appended[]
}

type Named = Pick<TableCopy, 'name'>

interface Past {
  /** Milliseconds since 1970: what was before is not known. */
  since: number
  /** Whether there was something before. */
  isCut: boolean
  /** The oldest first. */
  versions: Version[]
  /** What came since the last of them. */
  appended: Appended[]
}

/** A table with more rows, or values, is not copied when a statement changes it: nobody is to wait for that. */
const MOST_ROWS = 100_000
const MOST_VALUES = 2_000_000
/** Copies that are kept, of one table and of all. */
const MOST_COPIES_OF_ONE = 20
const MOST_COPIES = 300
const MOST_VALUES_OF_ALL = 10_000_000
const SCHEMA = 'local_cloud_history'

/**
 * What tables were, for FOR SYSTEM_TIME AS OF. Rows that are added stand behind the others, and are counted by the time when they came;
 * a statement that changes or deletes rows leaves a copy of the table. It is forgotten with the process.
 */
export class TableHistory {
  readonly #now: () => number
  readonly #startedAt: number
  /** By incarnations. */
  readonly #pasts = new Map<string, Past>()
  /** Copies that nobody reads any more. */
  #gone: Named[] = []
  #copies = 0
  #find: (incarnation: string) => Table | undefined = () => undefined
  #windowMs: (table: TableReference) => number = () => Infinity

  constructor(now: () => number) {
    this.#now = now
    this.#startedAt = now()
  }

  /**
   * @param find the table of an incarnation; undefined for one whose history is not kept
   * @param windowMs how far back a table may be asked for (docs: data retention with time travel, "time travel window")
   */
  knows(find: (incarnation: string) => Table | undefined, windowMs: (table: TableReference) => number): void {
    this.#find = find
    this.#windowMs = windowMs
  }

  /** What an earlier process left is of no use. */
  static async open(connection: DuckDBConnection): Promise<void> {
    await connection.run(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`)
    await connection.run(`CREATE SCHEMA ${SCHEMA}`)
  }

  /** Rows came, which were accepted then. */
  append(incarnation: string, at: number, count: number): void {
    const table = this.#pasts.has(incarnation) ? undefined : this.#find(incarnation)
    const past = this.#pasts.get(incarnation) ?? (table && this.#pastOf(table))
    if (past && count > 0) addRows(past.appended, Math.max(at, past.versions.at(-1)?.until ?? 0), count)
  }

  /** Rows came now. */
  grow(incarnation: string, count: number): void {
    this.append(incarnation, this.#now(), count)
  }

  /** Rows were changed of which there is no copy. */
  lose(incarnation: string): void {
    const table = this.#find(incarnation)
    if (!table) return
    const past = this.#pastOf(table)
    this.drop(past.versions.map(({ copy }) => copy))
    this.#pasts.set(incarnation, { since: this.#now(), isCut: true, versions: [], appended: [] })
  }

  /** A table is gone. @param next the one in its place, whose past it is */
  forget(incarnation: string, next?: string): void {
    const past = this.#pasts.get(incarnation)
    this.#pasts.delete(incarnation)
    if (next !== undefined && past) this.#pasts.set(next, past)
    else this.drop((past?.versions ?? []).map(({ copy }) => copy))
  }

  /** The table as it was, where all rows that came are in DuckDB. @throws BigQueryError */
  rowsAt(table: Table, ms: number): { readonly sql: string; readonly table: Version['table'] } {
    if (!this.#find(incarnationOf(table))) throw notImplemented('FOR SYSTEM_TIME AS OF of a temporary table')
    const { since, isCut, versions, appended } = this.#pastOf(table)
    this.#check(table, ms, since, isCut)
    const first = versions.findIndex(({ until }) => ms < until)
    const own = first === -1 ? [] : versions.slice(first)
    const last = own.findIndex(({ copy }) => copy !== undefined)
    const from = last === -1 ? undefined : own[last]!
    const parts = from ? own.slice(0, last + 1) : [...own, { appended }]
    const later = parts.reduce((sum, part) => sum + laterThan(part.appended, ms), 0)
    const then = own[0]?.table ?? table
    const name = from?.copy?.rows ?? physical(table.reference)
    if (later === 0) return { sql: name, table: then }
    const columns = columnsOf(storedFields(then))
    const count = `greatest(0, (SELECT count(*) FROM ${name}) - ${later})`
    return { sql: `(SELECT ${columns} FROM ${name} LIMIT ${count})`, table: then }
  }

  /** A change begins. @param changed tables of which it may change rows @param grown others, which may get some */
  begin(changed: readonly string[], grown: readonly string[], kept: Kept): HistoryChange {
    const tables = (all: readonly string[]) =>
      all.map((each) => this.#find(each)).filter((each) => each !== undefined)
    const others = grown.filter((each) => !changed.includes(each))
    return new HistoryChange(this, tables(changed), tables(others), kept)
  }

  newCopy(): string {
    return `${SCHEMA}.${quote(`copy ${++this.#copies}`)}`
  }

  takeGone(): readonly Named[] {
    const gone = this.#gone
    this.#gone = []
    return gone
  }

  /** What a table was until now. @param copy undefined: its rows are there still */
  keep(table: Table, copy: TableCopy | undefined): void {
    const past = this.#pastOf(table)
    const { reference, spec, fields } = table
    past.versions.push({
      until: this.#now(),
      table: { reference, spec, fields },
      copy,
      appended: past.appended,
    })
    past.appended = []
    const copies = past.versions.filter(isCopied).length
    const oldest = this.#now() - this.#windowMs(reference)
    if (copies > MOST_COPIES_OF_ONE || past.versions[0]!.until < oldest) this.#cut(past)
    while (this.#isTooMuch()) this.#cut(this.#oldest())
  }

  /** @param copies nobody will read them */
  drop(copies: readonly (Named | undefined)[]): void {
    this.#gone.push(...copies.filter((copy) => copy !== undefined))
  }

  #isTooMuch(): boolean {
    const all = [...this.#pasts.values()].flatMap(({ versions }) => versions.filter(isCopied))
    return (
      all.length > MOST_COPIES || all.reduce((sum, { copy }) => sum + copy!.values, 0) > MOST_VALUES_OF_ALL
    )
  }

  /** Of the tables with copies the one whose first was made before all others. */
  #oldest(): Past {
    const madeAt = ({ versions }: Past) => versions.find(isCopied)?.until ?? Infinity
    return [...this.#pasts.values()].reduce((one, other) => (madeAt(other) < madeAt(one) ? other : one))
  }

  /** Forgets what was until the first copy. */
  #cut(past: Past): void {
    const end = past.versions.findIndex(isCopied)
    for (const { until, copy } of past.versions.splice(0, end === -1 ? past.versions.length : end + 1)) {
      this.drop([copy])
      past.since = until
      past.isCut = true
    }
  }

  #pastOf(table: Table): Past {
    const incarnation = incarnationOf(table)
    const found = this.#pasts.get(incarnation)
    if (found) return found
    const isCut = table.creationTime < this.#startedAt
    const since = isCut ? this.#startedAt : table.creationTime
    const past: Past = { since, isCut, versions: [], appended: [] }
    this.#pasts.set(incarnation, past)
    return past
  }

  #check({ reference }: Table, ms: number, since: number, isCut: boolean): void {
    const id = tableId(reference)
    const oldest = this.#now() - this.#windowMs(reference)
    if (ms > this.#now())
      throw new BigQueryError(
        'invalidQuery',
        `Invalid snapshot time ${ms} for table ${id}@${ms}. It is in the future.`,
      )
    if (ms < oldest || (ms < since && !isCut)) {
      const message = `Invalid snapshot time ${ms} for table ${id}@${ms}. Cannot read before ${Math.max(oldest, isCut ? oldest : since)}.`
      throw new BigQueryError('invalidQuery', message)
    }
    if (ms < since)
      throw notImplemented(
        `FOR SYSTEM_TIME AS OF a time before ${new Date(since).toISOString()} for table ${id}, of which it keeps no older rows`,
      )
  }
}

const isCopied = ({ copy }: Version): boolean => copy !== undefined

const columnsOf = (fields: readonly Field[]): string => fields.map(({ name }) => quote(name)).join(', ')

/** A change of tables, while it runs. */
class HistoryChange {
  readonly #history: TableHistory
  readonly #changed: readonly Table[]
  readonly #grown: readonly Table[]
  readonly #kept: Kept
  readonly #copies = new Map<Table, TableCopy>()
  /** Copies that it drops, as nobody reads them any more. */
  #gone: readonly Named[] = []
  #before: readonly number[] = []
  #after: readonly number[] = []

  constructor(history: TableHistory, changed: readonly Table[], grown: readonly Table[], kept: Kept) {
    this.#history = history
    this.#changed = changed
    this.#grown = grown
    this.#kept = kept
  }

  /** Notes what has become of it. @param work runs it and commits it */
  async settled<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work()
      this.#done()
      return result
    } catch (error) {
      // what it made may be there still, and what it dropped may be there again
      this.#history.drop([...this.#gone, ...this.#copies.values()])
      throw error
    }
  }

  /** Copies what is there before, and counts. */
  async around<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
    this.#gone = this.#history.takeGone()
    for (const { name } of this.#gone) await connection.run(`DROP TABLE IF EXISTS ${name}`)
    if (this.#kept === 'copy') for (const table of this.#changed) await this.#copy(connection, table)
    this.#before = await this.#counts(connection)
    const result = await work()
    this.#after = await this.#counts(connection)
    return result
  }

  #done(): void {
    for (const table of this.#changed) {
      const made = this.#copies.get(table)
      if (made || this.#kept === 'rows') this.#history.keep(table, made)
      else this.#history.lose(incarnationOf(table))
    }
    for (const [index, table] of this.#grown.entries())
      this.#history.grow(incarnationOf(table), this.#after[index]! - this.#before[index]!)
  }

  async #copy(connection: DuckDBConnection, table: Table): Promise<void> {
    const fields = storedFields(table)
    const name = physical(table.reference)
    const rows = await countOf(connection, name)
    if (rows > MOST_ROWS || rows * fields.length > MOST_VALUES) return
    const { create, ...copy } = copyOf(this.#history.newCopy(), name, fields, rows)
    await connection.run(create)
    this.#copies.set(table, copy)
  }

  async #counts(connection: DuckDBConnection): Promise<readonly number[]> {
    const counts: number[] = []
    for (const { reference } of this.#grown) counts.push(await countOf(connection, physical(reference)))
    return counts
  }
}

async function countOf(connection: DuckDBConnection, table: string): Promise<number> {
  return Number((await connection.runAndReadAll(`SELECT count(*) FROM ${table}`)).getRowsJson()[0]![0])
}
