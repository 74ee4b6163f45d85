import { parquetSchema } from 'hyparquet'
import { ColumnError } from './parquet-column.ts'
import { openParquet, type ParquetFile } from './parquet-file.ts'
import { parquetRows, type ParquetRows } from './parquet-rows.ts'
import {
  SourceError,
  type Packing,
  type Place,
  type Portion,
  type Read,
  type SourceObject,
} from './records.ts'

/** Records that are handed on at a time, and characters of them. */
const BATCH = 1000
const BATCH_TEXT = 1 << 20
/** Columns whose next pages are read at a time. */
const AT_ONCE = 16

/**
 * The rows of the row groups of a portion. A row group may have a million rows: of each column a page or two are in memory, and texts of
 * one batch of rows.
 *
 * @throws SourceError where the file is damaged, behind all rows before
 */
export async function* readParquet(
  object: SourceObject,
  packing: Packing,
  portion: Portion,
): AsyncGenerator<Read[]> {
  const opened = await openParquet(object, packing)
  try {
    const until = Math.min(portion.until, opened.groups.length)
    for (let rowGroup = portion.from; rowGroup < until; rowGroup++)
      yield* readGroup(opened, { uri: object.uri, rowGroup })
  } finally {
    await opened.close()
  }
}

type GroupPlace = Pick<Place, 'uri'> & { readonly rowGroup: number }

async function* readGroup(
  { read, metadata, groups }: ParquetFile,
  place: GroupPlace,
): AsyncGenerator<Read[]> {
  const { rows: count } = groups[place.rowGroup]!
  let row = 0
  try {
    const rows = parquetRows(read, parquetSchema(metadata), metadata.row_groups[place.rowGroup]!)
    while (row < count) {
      await fill(rows, row + 1)
      const until = Math.min(count, row + BATCH, ...rows.columns.map((column) => column.rows))
      const { batch, error } = batchOf(rows, until, { ...place, row })
      row += batch.length
      if (batch.length > 0) yield batch
      if (error) throw error
    }
    const longer = rows.columns.find((column) => column.rows > count)
    if (longer) throw new ColumnError(`column ${longer.name} has more rows than its row group, ${count}`)
  } catch (error) {
    if (!(error instanceof ColumnError)) throw error
    throw new SourceError('damaged', error.message, { ...place, row }, { cause: error })
  }
}

/** Some at a time, as each has the file open; and all of these, so that none is read when another one's error is told. */
async function fill({ columns }: ParquetRows, rows: number): Promise<void> {
  const behind = columns.filter((column) => column.rows < rows)
  for (let at = 0; at < behind.length; at += AT_ONCE) {
    const some = behind.slice(at, at + AT_ONCE)
    const filled = await Promise.allSettled(some.map((column) => column.fill(rows)))
    for (const each of filled) if (each.status === 'rejected') throw each.reason
  }
}

/** @returns the rows before the error, where there is one */
function batchOf(
  rows: ParquetRows,
  until: number,
  place: GroupPlace & { readonly row: number },
): { readonly batch: Read[]; readonly error?: unknown } {
  const { uri, rowGroup } = place
  const batch: Read[] = []
  let length = 0
  try {
    for (let row = place.row; row < until && length < BATCH_TEXT; row++) {
      const { text, reason } = rows.next()
      length += text.length
      batch.push(recordOf(Buffer.from(text), reason, { uri, rowGroup, row }))
    }
    return { batch }
  } catch (error) {
    return { batch, error }
  }
}

function recordOf(json: Buffer, reason: string | undefined, place: Place): Read {
  return reason === undefined
    ? { kind: 'record', json, place }
    : { kind: 'broken', bytes: json, length: json.length, rule: 'value', reason, place }
}
