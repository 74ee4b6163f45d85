import { parseJson, readDescription, SYSTEM_COLUMNS, type JsonObject } from '@tablestream/table-schema'
import { PROJECT, DATASET, type Pipeline } from './pipeline.ts'

interface Field {
  readonly name: string
  readonly type: string
  readonly mode?: string
  readonly description?: string
  readonly fields?: readonly Field[]
}

/** A row as it is in the table: every value with its type, keys as the events had them. */
export interface StoredRow {
  readonly eventId: string
  readonly unmapped: Readonly<Record<string, unknown>>
  readonly record: StoredRecord
}

/** Identity of the JSON key → value. Only values that are there: NULL and empty arrays are left out. */
export type StoredRecord = ReadonlyMap<string, StoredValue>
export type StoredValue =
  | { readonly type: string; readonly text: string }
  | { readonly type: 'RECORD'; readonly record: StoredRecord }
  | { readonly type: 'REPEATED'; readonly items: readonly StoredValue[] }

interface Cell {
  readonly v: unknown
}

interface Page {
  readonly rows?: readonly { readonly f: readonly Cell[] }[]
  readonly pageToken?: string
}

const PAGE = 10_000
const SYSTEM = new Set(SYSTEM_COLUMNS.map(({ name }) => name))

/** Reads a table over REST, with nothing in between that could hide a difference. */
export async function readTable(pipeline: Pipeline, table: string): Promise<StoredRow[]> {
  return Array.fromAsync(eachRow(pipeline, table))
}

/** The same row by row, however many there are. */
export async function* eachRow({ cloud }: Pipeline, table: string): AsyncGenerator<StoredRow> {
  const base = `http://127.0.0.1:${cloud.bigqueryPort}/bigquery/v2/projects/${PROJECT}/datasets/${DATASET}/tables/${table}`
  const described = (await (await fetch(base)).json()) as { schema: { fields: readonly Field[] } }
  const { fields } = described.schema
  for (let pageToken: string | undefined = '0'; pageToken !== undefined;) {
    const options = `formatOptions.useInt64Timestamp=true&maxResults=${PAGE}&pageToken=${pageToken}`
    const page = (await (await fetch(`${base}/data?${options}`)).json()) as Page
    for (const { f: cells } of page.rows ?? []) yield rowOf(fields, cells)
    pageToken = page.pageToken
  }
}

function rowOf(fields: readonly Field[], cells: readonly Cell[]): StoredRow {
  const system = Object.fromEntries(fields.map(({ name }, index) => [name, cells[index]!.v]))
  return {
    eventId: system['event_id'] as string,
    unmapped: parseJson((system['_unmapped'] as string | null) ?? '{}') as JsonObject,
    record: readRecord(fields, cells, SYSTEM),
  }
}

function readRecord(
  fields: readonly Field[],
  cells: readonly Cell[],
  skip = new Set<string>(),
): StoredRecord {
  const record = new Map<string, StoredValue>()
  fields.forEach((field, index) => {
    const cell = cells[index]!.v
    if (cell === null || skip.has(field.name)) return
    if (Array.isArray(cell) && cell.length === 0) return
    record.set(readDescription(field.name, field.description).key, readValue(field, cell))
  })
  return record
}

function readValue(field: Field, cell: unknown): StoredValue {
  if (field.mode === 'REPEATED') {
    const items = (cell as Cell[]).map(({ v }) => readValue({ ...field, mode: 'NULLABLE' }, v))
    return { type: 'REPEATED', items }
  }
  if (field.type !== 'RECORD') return { type: field.type, text: cell as string }
  return { type: 'RECORD', record: readRecord(field.fields ?? [], (cell as { f: Cell[] }).f) }
}
