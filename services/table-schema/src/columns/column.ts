/**
 * The types that inference can choose, and those a table may hold because somebody else made the column.
 * Names are GoogleSQL's (INT64, not INTEGER).
 */
export type ColumnType =
  | 'BOOL'
  | 'INT64'
  | 'FLOAT64'
  | 'STRING'
  | 'TIMESTAMP'
  | 'DATE'
  | 'TIME'
  | 'RECORD'
  | 'JSON'
  | 'NUMERIC'
  | 'BIGNUMERIC'
  // never inferred, met only in tables that others made
  | 'BYTES'
  | 'DATETIME'
  | 'GEOGRAPHY'
  | 'INTERVAL'
  | 'RANGE'

export type ColumnMode = 'NULLABLE' | 'REQUIRED' | 'REPEATED'

/**
 * What a type of GoogleSQL with parameters allows: STRING(10), NUMERIC(10, 2). Only others make such columns. BigQuery refuses a row
 * with a longer text or more digits before the point, and rounds more digits behind it without a word (docs: parameterized data types).
 */
export interface ColumnLimit {
  /** Characters (code points) of a STRING. */
  readonly maxLength?: number
  /** Digits of a NUMERIC or BIGNUMERIC, */
  readonly precision?: number
  /** and how many of them stand behind the point; 0 where it is absent. */
  readonly scale?: number
}

export interface Column {
  /** The legal name in the table, unique among its siblings without regard to case. */
  readonly name: string
  /** The identity of the JSON key whose values the column holds: equal to `name` unless that key is no legal name. */
  readonly key: string
  readonly type: ColumnType
  readonly mode: ColumnMode
  /** The columns inside a RECORD; absent for every other type. */
  readonly fields?: readonly Column[]
  /**
   * A JSON column beside the RECORD of the same key: it takes the objects whole that the RECORD has no columns for, because
   * it has as many as it may.
   */
  readonly map?: true
  /** What the type allows of its values; absent where it allows all. */
  readonly limit?: ColumnLimit
}

/** Type, mode and fields of a column that has no name yet. */
export type Shape = Pick<Column, 'type' | 'mode' | 'fields'>

/** A NULLABLE column named as its key, the common case. */
export function column(
  name: string,
  type: ColumnType,
  more: Partial<Omit<Column, 'name' | 'type'>> = {},
): Column {
  return { name, key: name, type, mode: 'NULLABLE', ...more }
}

/** How many columns there are, nested ones included: what BigQuery's limit of 10,000 counts. */
export function countColumns(columns: readonly Column[]): number {
  let count = columns.length
  for (const { fields } of columns) if (fields) count += countColumns(fields)
  return count
}

/** @param path by column names: `address.floor` */
export function columnAt(columns: readonly Column[], path: string): Column | undefined {
  return columnFinder(columns)(path)
}

/** So often a list is looked through, which is quicker than to index it: what was added last, and is asked for most, stands at its end. */
const LOOKS = 8

/** Finds columns by their paths; a list that many are looked for in is read as a whole once. */
export function columnFinder(columns: readonly Column[]): (path: string) => Column | undefined {
  const looks = new Map<readonly Column[], number>()
  const indexes = new Map<readonly Column[], ReadonlyMap<string, Column>>()
  const find = (level: readonly Column[], name: string): Column | undefined => {
    const index = indexes.get(level)
    if (index) return index.get(name)
    const looked = looks.get(level) ?? 0
    looks.set(level, looked + 1)
    if (looked < LOOKS) return level.findLast((each) => each.name === name)
    indexes.set(level, new Map(level.map((each) => [each.name, each])))
    return find(level, name)
  }
  return (path) => {
    let level: readonly Column[] | undefined = columns
    let found: Column | undefined
    for (const name of path.split('.')) {
      found = level && find(level, name)
      level = found?.fields
    }
    return found
  }
}
