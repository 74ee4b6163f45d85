import { bytesQuery, partitionOf, type ColumnsRead } from './bytes-read.ts'
import { columnsBytes } from './column-bytes.ts'
import { quote, type Field } from '../values/fields.ts'
import { partitionField } from '../table/partition-time.ts'
import { physical } from '../table/physical.ts'
import type { RowMarks } from '../store/row-marks.ts'
import type { Store } from '../store/store.ts'
import { incarnationOf, type Table } from '../table/table.ts'

/** Of smaller tables the bytes are summed each time. */
const LARGE_TABLE = 100_000
/** DuckDB's own column: a table may have one of that name. */
const ROW = 'rowid'
const WHOLE = ''
/** Rows that are summed in one go where nobody waits for it: others wait for a tenth of a second at most. */
const PART = 100_000
const MOST_TABLES = 1000

interface Count {
  readonly rows: number
  /** Number of the last row; -1 where there is none. */
  readonly last: number
  /** How many rows there are up to each of the numbers that were asked for. */
  readonly upTo: ReadonlyMap<number, number>
}

/** What is known of a table as long as nothing is written to it. */
interface Still {
  readonly version: string
  readonly count: Count
  /** Of a small table, by names of columns: the bytes of all its rows. */
  readonly bytes: Map<string, number>
}

/** The bytes of one column, as far as they were summed. */
interface Sums {
  /** By partition. */
  readonly bytes: Map<string, number>
  rows: number
  /** All rows up to this number are in them. */
  last: number
  /** What was changed by then: `RowMarks.changesOf`. */
  changes: number
  /** As of which they were found to be right: `RowMarks.versionOf`. */
  version: string
}

type KnownStore = Pick<Store, 'query' | 'countRows'> & {
  readonly marks: Pick<RowMarks, 'changesOf' | 'versionOf'>
}

/**
 * What the columns of large tables hold, by partition. BigQuery knows that; here each value must be looked at, which takes longer than the
 * query itself. So it is remembered: rows that came since are added. Where anything else happened to a table it is summed anew: where
 * somebody changed rows, or the rows up to the last one that was summed are not as many as were summed. Where nothing was written
 * nothing is counted again.
 */
export class KnownBytes {
  readonly #store: KnownStore
  readonly #largeTable: number
  /** By incarnations of tables, and names of columns. */
  readonly #sums = new Map<string, Map<string, Sums>>()
  /** Of each table one look at a time: two would add the same rows. */
  readonly #looks = new Map<string, Promise<unknown>>()
  /** By incarnations of tables. */
  readonly #still = new Map<string, Still>()

  constructor(store: KnownStore, largeTable = LARGE_TABLE) {
    this.#store = store
    this.#largeTable = largeTable
  }

  /** @param reads incarnations of tables whose rows must be there */
  async bytesOf(read: readonly ColumnsRead[], reads: readonly string[]): Promise<number> {
    let bytes = 0
    for (const each of read) bytes += await this.#inTurn(each.table, () => this.#bytesOf(each, reads))
    return bytes
  }

  /**
   * Sums rows of a large table that came since, a part of them, so that nobody has to wait for it.
   *
   * @returns whether there are more
   */
  keepUp(table: Table): Promise<boolean> {
    return this.#inTurn(table, async () => {
      const reads = [incarnationOf(table)]
      // counted with those on their way, which stay there: of a small table nothing is done
      const stored = { table: physical(table.reference), incarnation: incarnationOf(table) }
      if ((await this.#store.countRows(stored)) < this.#largeTable || hasOwnRow(table)) return false
      const still = await this.#stillOf(table, reads)
      const { count: counted } = still
      const known = this.#knownOf(table, table.fields, still)
      const begun = Math.min(...table.fields.map(({ name }) => known.get(name)!.last))
      const upTo = Math.min(counted.last, begun + PART)
      const behind = table.fields.filter(({ name }) => known.get(name)!.last < upTo)
      await this.#addRows(table, behind, known, reads, upTo)
      return upTo < counted.last
    })
  }

  async #inTurn<T>(table: Table, work: () => Promise<T>): Promise<T> {
    const incarnation = incarnationOf(table)
    const before = this.#looks.get(incarnation)
    const look = (async () => {
      // what went wrong with it, who asked for it hears
      await Promise.allSettled([before])
      return work()
    })()
    this.#looks.set(incarnation, look)
    try {
      return await look
    } finally {
      if (this.#looks.get(incarnation) === look) this.#looks.delete(incarnation)
    }
  }

  async #bytesOf(read: ColumnsRead, reads: readonly string[]): Promise<number> {
    const { table, fields, condition } = read
    const still = await this.#stillOf(table, reads)
    const { rows, last } = still.count
    if (rows < this.#largeTable || hasOwnRow(table)) return this.#bytesOfSmall(read, reads, still)
    const known = this.#knownOf(table, fields, still)
    const behind = fields.filter(({ name }) => known.get(name)!.last < last)
    await this.#addRows(table, behind, known, reads)
    const own = fields.map(({ name: field }) => known.get(field)!)
    if (condition === undefined) return own.reduce((sum, { bytes }) => sum + sumOf(bytes.values()), 0)
    const all = new Set(own.flatMap(({ bytes }) => [...bytes.keys()]))
    const wanted = await this.#partitionsWith(table, condition, [...all], reads)
    return own.reduce((sum, { bytes }) => sum + sumOf(wanted.map((key) => bytes.get(key) ?? 0)), 0)
  }

  /** The partitions, of all that there are, of the rows for which the condition is true. */
  async #partitionsWith(
    table: Table,
    condition: string,
    all: readonly string[],
    reads: readonly string[],
  ): Promise<readonly string[]> {
    const from = `FROM ${physical(table.reference)} WHERE ${condition}`
    // one row is enough
    if (all.length === 1) return (await this.#rowsOf(`SELECT 1 ${from} LIMIT 1`, reads)).length > 0 ? all : []
    const key = keyOf(table)
    // mostly it is one: then its ends tell
    const [ends] = await this.#rowsOf(
      `SELECT min(${key}), max(${key}), count(*) = count(${key}), count(*) ${from}`,
      reads,
    )
    const [first, last, isWhole, rows] = ends!
    if (Number(rows) === 0) return []
    if (isWhole === true && String(first) === String(last)) return [String(first)]
    return (await this.#rowsOf(`SELECT DISTINCT ${key} ${from}`, reads)).map(([each]) => String(each))
  }

  async #bytesOfSmall(read: ColumnsRead, reads: readonly string[], { bytes: sums }: Still): Promise<number> {
    const sum = async () => Number((await this.#rowsOf(bytesQuery(read), reads))[0]![0])
    if (read.condition !== undefined) return sum()
    const columns = JSON.stringify(read.fields.map(({ name }) => name))
    const bytes = sums.get(columns) ?? (await sum())
    sums.set(columns, bytes)
    return bytes
  }

  async #stillOf(table: Table, reads: readonly string[]): Promise<Still> {
    const incarnation = incarnationOf(table)
    const version = this.#store.marks.versionOf(incarnation)
    const known = this.#still.get(incarnation)
    if (known?.version === version) return known
    const still = { version, count: await this.#countOf(table, reads), bytes: new Map<string, number>() }
    if (this.#still.size > MOST_TABLES) this.#still.clear()
    this.#still.set(incarnation, still)
    return still
  }

  async #countOf(table: Table, reads: readonly string[]): Promise<Count> {
    const row = hasOwnRow(table) ? '0' : ROW
    const known = this.#known(incarnationOf(table))
    const ends = [...new Set([...known.values()].map(({ last }) => last))]
    const each = ends.map((end) => `, count(*) FILTER (WHERE ${row} <= ${end})`)
    const [counted] = await this.#rowsOf(
      `SELECT count(*), max(${row})${each.join('')} FROM ${physical(table.reference)}`,
      reads,
    )
    const [rows, last, ...upTo] = counted!
    return {
      rows: Number(rows),
      last: Number(last ?? -1),
      upTo: new Map(ends.map((end, index) => [end, Number(upTo[index])])),
    }
  }

  /** What is known of a table's columns: nothing, where it is too old. */
  #knownOf(
    table: Table,
    fields: readonly Field[],
    { version, count: { upTo } }: Still,
  ): ReadonlyMap<string, Sums> {
    const changes = this.#store.marks.changesOf(incarnationOf(table))
    const known = this.#known(incarnationOf(table))
    for (const { name } of fields) {
      const sums = known.get(name)
      // what was right then, and added to since, is right as long as nothing is written
      const isRight =
        sums?.version === version || (sums?.changes === changes && upTo.get(sums.last) === sums.rows)
      if (sums && isRight) sums.version = version
      else known.set(name, { bytes: new Map(), rows: 0, last: -1, changes, version })
    }
    return known
  }

  /** Columns that were summed up to the same row take one look at the rows that came since. @param upTo the last row that is summed */
  async #addRows(
    table: Table,
    fields: readonly Field[],
    known: ReadonlyMap<string, Sums>,
    reads: readonly string[],
    upTo?: number,
  ): Promise<void> {
    const end = upTo === undefined ? '' : `AND ${ROW} <= ${upTo}`
    for (const [last, some] of Map.groupBy(fields, ({ name }) => known.get(name)!.last)) {
      const each = some.map((field) => `sum(${columnsBytes([field])})`)
      const added = await this.#rowsOf(
        `SELECT ${keyOf(table)}, count(*), max(${ROW}), ${each.join(', ')} FROM ${physical(table.reference)}
         WHERE ${ROW} > ${last} ${end} GROUP BY 1`,
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
      // where rows are missing in between, a part may have none
      if (upTo !== undefined)
        for (const { name } of some) known.get(name)!.last = Math.max(known.get(name)!.last, upTo)
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

const HOUR_US = 3_600_000_000

/** SQL for the partition of a row, as a number where that is quicker: DuckDB cuts times off by calendars. */
function keyOf(table: Table): string {
  const { type = 'DAY' } = table.spec.timePartitioning ?? {}
  const field = partitionField(table)
  if (!field) return `'${WHOLE}'`
  const isTime = field.type === 'TIMESTAMP'
  const micros = type === 'HOUR' ? HOUR_US : 24 * HOUR_US
  // towards the past, also before 1970: DuckDB's // cuts towards zero
  const time = `epoch_us(${quote(field.name)})`
  return isTime && (type === 'HOUR' || type === 'DAY')
    ? `((${time} - ((${time} % ${micros}) + ${micros}) % ${micros}) // ${micros})`
    : partitionOf(table)
}

/** Whether a column of its own has the name of DuckDB's number of a row. */
function hasOwnRow({ fields }: Table): boolean {
  return fields.some(({ name }) => name.toLowerCase() === ROW)
}

function sumOf(numbers: Iterable<number>): number {
  let sum = 0
  for (const number of numbers) sum += number
  return sum
}
