import { bytesQuery, partitionOf, type ColumnsRead } from './bytes-read.ts'
import { columnsBytes } from './column-bytes.ts'
import type { Field } from './fields.ts'
import { physical } from './physical.ts'
import type { Store } from './store.ts'
import { incarnationOf, type Table } from './table.ts'

/** Of smaller tables the bytes are summed each time. */
const LARGE_TABLE = 100_000
/** DuckDB's own column: a table may have one of that name. */
const ROW = 'rowid'
const WHOLE = ''
const MOST_TABLES = 1000

/** The bytes of one column, as far as they were summed. */
interface Sums {
  /** By partition. */
  readonly bytes: Map<string, number>
  rows: number
  /** Number of the last row that is in them. */
  last: number
  /** What was changed by then: `Store.changes`. */
  changes: number
}

/**
 * What the columns of large tables hold, by partition. BigQuery knows that; here each value must be looked at, which takes longer than the
 * query itself. So it is remembered: rows that came since are added. Where anything else happened to a table it is summed anew: where
 * somebody changed rows, or the rows are not as many as were summed.
 */
export class KnownBytes {
  readonly #store: Pick<Store, 'query' | 'changes'>
  readonly #largeTable: number
  /** By incarnations of tables, and names of columns. */
  readonly #sums = new Map<string, Map<string, Sums>>()
  /** Of each table one look at a time: two would add the same rows. */
  readonly #looks = new Map<string, Promise<unknown>>()

  constructor(store: Pick<Store, 'query' | 'changes'>, largeTable = LARGE_TABLE) {
    this.#store = store
    this.#largeTable = largeTable
  }

  /** @param reads incarnations of tables whose rows must be there */
  async bytesOf(read: readonly ColumnsRead[], reads: readonly string[]): Promise<number> {
    let bytes = 0
    for (const each of read) {
      const incarnation = incarnationOf(each.table)
      const before = this.#looks.get(incarnation)
      const look = (async () => {
        // what went wrong with it, who asked for it hears
        await Promise.allSettled([before])
        return this.#bytesOf(each, reads)
      })()
      this.#looks.set(incarnation, look)
      try {
        bytes += await look
      } finally {
        if (this.#looks.get(incarnation) === look) this.#looks.delete(incarnation)
      }
    }
    return bytes
  }

  async #bytesOf(read: ColumnsRead, reads: readonly string[]): Promise<number> {
    const { table, fields, condition } = read
    const name = physical(table.reference)
    const hasRow = table.fields.some((field) => field.name.toLowerCase() === ROW)
    const { changes } = this.#store
    const [counted] = await this.#rowsOf(`SELECT count(*), max(${hasRow ? '0' : ROW}) FROM ${name}`, reads)
    const [rows, last] = [Number(counted![0]), Number(counted![1] ?? -1)]
    if (hasRow || rows < this.#largeTable) return Number((await this.#rowsOf(bytesQuery(read), reads))[0]![0])
    const known = this.#known(incarnationOf(table))
    for (const field of fields) {
      const sums = known.get(field.name)
      const isOld = !sums || sums.changes !== changes || sums.rows + (last - sums.last) !== rows
      if (isOld) known.set(field.name, { bytes: new Map(), rows: 0, last: -1, changes })
    }
    await this.#addRows(table, fields, known, reads)
    const own = fields.map(({ name: field }) => known.get(field)!)
    if (condition === undefined) return own.reduce((sum, { bytes }) => sum + sumOf(bytes.values()), 0)
    const wanted = await this.#rowsOf(
      `SELECT DISTINCT ${keyOf(table)} FROM ${name} WHERE ${condition}`,
      reads,
    )
    return own.reduce((sum, { bytes }) => sum + sumOf(wanted.map(([key]) => bytes.get(String(key)) ?? 0)), 0)
  }

  /** Columns that were summed up to the same row take one look at the rows that came since. */
  async #addRows(
    table: Table,
    fields: readonly Field[],
    known: ReadonlyMap<string, Sums>,
    reads: readonly string[],
  ): Promise<void> {
    for (const [last, some] of Map.groupBy(fields, ({ name }) => known.get(name)!.last)) {
      const each = some.map((field) => `sum(${columnsBytes([field])})`)
      const added = await this.#rowsOf(
        `SELECT ${keyOf(table)}, count(*), max(${ROW}), ${each.join(', ')} FROM ${physical(table.reference)}
         WHERE ${ROW} > ${last} GROUP BY 1`,
        reads,
      )
      for (const [key, count, highest, ...bytes] of added)
        for (const [index, { name }] of some.entries()) {
          const sums = known.get(name)!
          const partition = String(key)
          sums.bytes.set(partition, (sums.bytes.get(partition) ?? 0) + Number(bytes[index] ?? 0))
          sums.rows += Number(count)
          sums.last = Math.max(sums.last, Number(highest))
        }
    }
  }

  #known(incarnation: string): Map<string, Sums> {
    if (this.#sums.size > MOST_TABLES) this.#sums.clear()
    const known = this.#sums.get(incarnation) ?? new Map<string, Sums>()
    this.#sums.set(incarnation, known)
    return known
  }

  async #rowsOf(sql: string, reads: readonly string[]): Promise<readonly (readonly unknown[])[]> {
    return (await this.#store.query(sql, reads)).getRows()
  }
}

function keyOf(table: Table): string {
  return table.spec.timePartitioning?.field === undefined
    ? `'${WHOLE}'`
    : `coalesce(CAST(${partitionOf(table)} AS VARCHAR), '${WHOLE}')`
}

function sumOf(numbers: Iterable<number>): number {
  let sum = 0
  for (const number of numbers) sum += number
  return sum
}
