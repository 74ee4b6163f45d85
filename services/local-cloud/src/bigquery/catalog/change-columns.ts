import type { DuckDBConnection } from '@duckdb/node-api'
import { bigNumericOf, ORDER } from '../values/big-numeric.ts'
import { defaultOf } from '../values/default-values.ts'
import { duckDbType, hasBig, quote, quoteText, type Field } from '../values/fields.ts'
import type { InsertTarget, NewNames } from '../table/insert-statements.ts'
import { storedFields } from '../table/partition-time.ts'
import { columnList, physical } from '../table/physical.ts'
import type { SchemaChange } from './schema-change.ts'
import type { Table } from '../table/table.ts'
import { isBounded } from '../values/type-parameters.ts'

/** From so many new columns on a table is made anew: DuckDB looks at all columns again for each one that is added. */
const MANY = 50

/** Makes DuckDB's table follow a change, inside of the caller's transaction. */
export async function changeColumns(
  connection: DuckDBConnection,
  before: Table,
  { added, grown, defaulted = [] }: SchemaChange,
): Promise<void> {
  const { reference, fields } = before
  const table = physical(reference)
  // its first columns take the place of the one that DuckDB's table has instead
  const isFirst = fields.length === 0 && added.length > 0
  // DuckDB adds no column whose values are held to something
  const isAnew = isFirst || added.length >= MANY || added.some(isBounded)
  if (isAnew) {
    // a name that no table of BigQuery's can have
    const wider = physical({ ...reference, tableId: `${reference.tableId}\n` })
    const columns = isFirst ? storedFields({ ...before, fields: added }) : [...storedFields(before), ...added]
    await connection.run(`CREATE TABLE ${wider} (${columnList(columns)})`)
    if (!isFirst) await connection.run(`INSERT INTO ${wider} BY NAME SELECT * FROM ${table}`)
    await connection.run(`DROP TABLE ${table}`)
    await connection.run(`ALTER TABLE ${wider} RENAME TO ${quote(reference.tableId)}`)
  } else {
    for (const field of added) await connection.run(`ALTER TABLE ${table} ADD COLUMN ${columnList([field])}`)
  }
  await setDefaults(connection, table, isAnew ? [...fields, ...added] : added)
  for (const { name } of defaulted)
    await connection.run(`ALTER TABLE ${table} ALTER COLUMN ${quote(name)} DROP DEFAULT`)
  await setDefaults(connection, table, defaulted)
  for (const field of grown) {
    const old = fields.find(({ name }) => name.toLowerCase() === field.name.toLowerCase())
    await changeType(connection, table, old!, field)
  }
}

/** Lets nobody append rows that wait for a table, and gives where they wait. */
export type HoldWaiting = <T>(
  table: Table,
  work: (waiting: readonly InsertTarget[]) => Promise<T>,
) => Promise<T>

/** The lines of JSON that wait for a table get other names for their values; null takes a name away. */
export async function renameInLines(
  connection: DuckDBConnection,
  table: string,
  names: NewNames,
): Promise<void> {
  const gone = [...names.keys()].map((name) => `${quoteText(name)}, NULL`)
  const pointer = (name: string) => quoteText(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  const come = [...names].flatMap(([name, to]) =>
    to === undefined ? [] : [`${quoteText(to)}, json_extract(line, ${pointer(name)})`],
  )
  const without = `json_merge_patch(line, json_object(${gone.join(', ')}))`
  const line = come.length === 0 ? without : `json_merge_patch(${without}, json_object(${come.join(', ')}))`
  await connection.run(`UPDATE ${table} SET line = ${line}`)
}

/** Statements that leave these columns out get their defaults; rows that are there keep NULL. */
export async function setDefaults(
  connection: DuckDBConnection,
  table: string,
  fields: readonly Field[],
): Promise<void> {
  for (const field of fields) {
    const made = defaultOf(field)
    if (made)
      await connection.run(`ALTER TABLE ${table} ALTER COLUMN ${quote(field.name)} SET DEFAULT ${made.sql}`)
  }
}

/** BIGNUMERICs that an earlier version kept as text become what they are now. */
export async function renewBigNumerics(connection: DuckDBConnection, table: Table): Promise<void> {
  const name = physical(table.reference)
  const reader = await connection.runAndReadAll(
    `SELECT name, type FROM pragma_table_info(${quoteText(name)})`,
  )
  const types = new Map(reader.getRowsJson() as [string, string][])
  for (const field of table.fields) {
    if (!hasBig([field]) || types.get(field.name)?.includes(ORDER)) continue
    await changeType(connection, name, asText(field), field)
  }
}

function asText(field: Field): Field {
  const { type, fields } = field
  return {
    ...field,
    type: type === 'BIGNUMERIC' ? 'STRING' : type,
    ...(fields && { fields: fields.map(asText) }),
  }
}

async function changeType(
  connection: DuckDBConnection,
  table: string,
  before: Field,
  after: Field,
): Promise<void> {
  const column = quote(after.name)
  const using = hasBig([after]) ? ` USING ${valueOf(before, after, column)}` : ''
  await connection.run(`ALTER TABLE ${table} ALTER COLUMN ${column} TYPE ${duckDbType(after)}${using}`)
}

/** DuckDB's SQL for a value with the type that its column gets: what is no BIGNUMERIC yet is made one. */
function valueOf(before: Field | undefined, after: Field, sql: string, depth = 0): string {
  if (!before) return `CAST(NULL AS ${duckDbType(after)})`
  if (!hasBig([after])) return `CAST(${sql} AS ${duckDbType(after)})`
  if (after.mode === 'REPEATED') {
    const item = `item${depth}`
    const one = valueOf({ ...before, mode: 'NULLABLE' }, { ...after, mode: 'NULLABLE' }, item, depth + 1)
    return `list_transform(${sql}, lambda ${item}: ${one})`
  }
  if (after.type === 'BIGNUMERIC')
    return before.type === 'BIGNUMERIC' ? sql : bigNumericOf(`CAST(${sql} AS VARCHAR)`)
  const fields = after.fields!.map((field) => {
    const old = before.fields!.find(({ name }) => name.toLowerCase() === field.name.toLowerCase())
    return `${quote(field.name)} := ${valueOf(old, field, `struct_extract(${sql}, ${quoteText(old?.name ?? field.name)})`, depth)}`
  })
  return `CASE WHEN ${sql} IS NULL THEN NULL ELSE struct_pack(${fields.join(', ')}) END`
}
