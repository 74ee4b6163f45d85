import { typeText, type Column } from '@tablestream/table-schema'
import type { Warehouse } from '../google/bigquery.ts'
import { ALL_DAYS } from './all-rows.ts'

/** A column by its path: `items.price` */
export interface ColumnType {
  readonly path: string
  /** As DDL has it: `FLOAT64`, `ARRAY<STRING>`, `INT64 NOT NULL`. */
  readonly type: string
}

export interface ChangedColumn {
  readonly path: string
  /** Undefined where the table has no such column. */
  readonly before: string | undefined
  readonly after: string | undefined
}

/** A value of an event that is another one. JSON texts. */
export interface ChangedValue {
  readonly eventId: string
  readonly before: string
  readonly after: string
}

export interface Differences {
  readonly columns: readonly ChangedColumn[]
  readonly rows: {
    readonly before: number
    readonly after: number
    /** Events that have a row in one of them alone. */
    readonly gone: number
    readonly added: number
    /** Events that have several rows, of which one is compared. */
    readonly copies: number
    /** Events that have more rows behind it than before: those that had none, more than one. */
    readonly doubled: number
  }
  /** By column, where events have other values: how many, and some of them. */
  readonly values: readonly {
    readonly column: string
    readonly events: number
    readonly some: readonly ChangedValue[]
  }[]
}

/** Columns of one query: its text and its result have a limit each. */
const COLUMNS_A_QUERY = 200
const SHOWN = 3
/** Says when a row was made, and is another time each time. */
const OF_THE_MAKING = 'processed_timestamp'
/** What tells two rows apart: the key of the view beside the table, and the bytes. */
const KEY = ['event_id', '_source', '_fingerprint']

/** What is in one table, and otherwise in the other: columns, events, and of the events that both have, values. */
export async function differencesOf(
  warehouse: Pick<Warehouse, 'name' | 'table' | 'query'>,
  before: string,
  after: string,
): Promise<Differences> {
  const [old, made] = await Promise.all(
    [before, after].map(async (name) => (await warehouse.table(name))?.columns ?? []),
  )
  const names = [before, after].map((name) => warehouse.name(name)) as [string, string]
  const isShared = new Set(made!.map(({ name }) => name.toLowerCase()))
  const shared = old!.map(({ name }) => name).filter((name) => isShared.has(name.toLowerCase()))
  const compared = shared.filter((name) => name !== OF_THE_MAKING && !KEY.includes(name))
  const [rows] = await warehouse.query<Differences['rows']>(rowsQuery(names))
  const values: Differences['values'][number][] = []
  for (let at = 0; at < compared.length; at += COLUMNS_A_QUERY) {
    const columns = compared.slice(at, at + COLUMNS_A_QUERY)
    const [counts] = await warehouse.query<Readonly<Record<string, number>>>(countsQuery(names, columns))
    for (const [index, column] of columns.entries()) {
      const events = counts![`_differs_${index}`]!
      if (events === 0) continue
      const some = await warehouse.query<ChangedValue>(someQuery(names, column))
      values.push({ column, events, some })
    }
  }
  return { columns: changedColumns(old!, made!), rows: rows!, values }
}

/** Which columns are not the same, by path. */
export function changedColumns(
  before: readonly Column[],
  after: readonly Column[],
): readonly ChangedColumn[] {
  const [old, made] = [before, after].map(
    (columns) => new Map(typesOf(columns).map(({ path, type }) => [path, type])),
  )
  const paths = [...new Set([...old!.keys(), ...made!.keys()])]
  return paths
    .map((path) => ({ path, before: old!.get(path), after: made!.get(path) }))
    .filter((each) => each.before !== each.after)
}

function typesOf(columns: readonly Column[], above = ''): ColumnType[] {
  return columns.flatMap(({ name, type, mode, limit, fields = [] }) => {
    const path = above + name
    const one = type === 'RECORD' ? 'STRUCT' : typeText(type, limit)
    const told = mode === 'REPEATED' ? `ARRAY<${one}>` : mode === 'REQUIRED' ? `${one} NOT NULL` : one
    return [{ path, type: told }, ...typesOf(fields, `${path}.`)]
  })
}

// a row that an older version of the writer made has no fingerprint
const keyOf = (row: string) => [
  `${row}.event_id`,
  `IFNULL(${row}._source, '')`,
  `IFNULL(${row}._fingerprint, 0)`,
]
const SAME = keyOf('b')
  .map((text, index) => `${text} = ${keyOf('a')[index]}`)
  .join(' AND ')

/** One row for each event. */
function once(table: string, columns: string): string {
  return `(SELECT ${columns} FROM ${table} AS r WHERE ${ALL_DAYS}
    QUALIFY ROW_NUMBER() OVER (PARTITION BY ${keyOf('r').join(', ')} ORDER BY processed_timestamp) = 1)`
}

function rowsQuery([before, after]: readonly [string, string]): string {
  const counted = (table: string) => `(SELECT ${keyOf('r')
    .map((text, index) => `${text} AS ${KEY[index]}`)
    .join(', ')}, COUNT(*) AS n
    FROM ${table} AS r WHERE ${ALL_DAYS} GROUP BY 1, 2, 3)`
  const count = (table: string) => `(SELECT COUNT(*) FROM ${table} WHERE ${ALL_DAYS})`
  return `SELECT ${count(before)} AS before, ${count(after)} AS after, COUNTIF(a.event_id IS NULL) AS gone,
    COUNTIF(b.event_id IS NULL) AS added, ${count(before)} - COUNTIF(b.event_id IS NOT NULL) AS copies,
    COUNTIF(a.n > IFNULL(b.n, 1)) AS doubled
  FROM ${counted(before)} AS b FULL JOIN ${counted(after)} AS a ON ${SAME}`
}

/** SQL of the keys of the events that have a row in the one table, and none in the other. @param before full names */
export function goneFrom(before: string, after: string): string {
  const keys = KEY.join(', ')
  return `SELECT b.event_id, b._source, b._fingerprint FROM ${once(before, keys)} AS b LEFT JOIN ${once(after, keys)} AS a ON ${SAME}
    WHERE a.event_id IS NULL`
}

const quoted = (name: string) => `\`${name}\``
const textOf = (row: string, name: string) => `TO_JSON_STRING(${row}.${quoted(name)})`

function joined([before, after]: readonly [string, string], columns: readonly string[]): string {
  const all = [...KEY, ...columns.map(quoted)].join(', ')
  return `${once(before, all)} AS b JOIN ${once(after, all)} AS a ON ${SAME}`
}

function countsQuery(names: readonly [string, string], columns: readonly string[]): string {
  const counts = columns.map(
    (name, index) => `COUNTIF(${textOf('b', name)} != ${textOf('a', name)}) AS _differs_${index}`,
  )
  return `SELECT ${counts.join(', ')} FROM ${joined(names, columns)}`
}

function someQuery(names: readonly [string, string], column: string): string {
  const [before, after] = [textOf('b', column), textOf('a', column)]
  return `SELECT b.event_id AS eventId, ${before} AS before, ${after} AS after FROM ${joined(names, [column])}
    WHERE ${before} != ${after} ORDER BY 1 LIMIT ${SHOWN}`
}
