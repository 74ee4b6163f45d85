import { parquetScan, parquetSchema, type AsyncBuffer, type DecodedArray, type SchemaTree } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { openParquet, type ParquetFile, type ParquetGroup } from './parquet-file.ts'
import { PARSERS, parquetWriter, plainSchema } from './parquet-json.ts'
import { SourceError, type Packing, type Portion, type Read, type SourceObject } from './records.ts'
import { asFarAsPossible, Unwritable, writeField, type WriteText } from './unwritable.ts'

/** Records that are handed on at a time. */
const BATCH = 1000
/** What one window of rows has at most in memory: bytes, and values. */
const WINDOW_BYTES = 32 << 20
const WINDOW_VALUES = 500_000
/** Of a row group that has fewer bytes, packed, each is read once. */
const KEPT_GROUP = 96 << 20

interface Column {
  readonly name: string
  readonly start: string
  readonly write: WriteText
  /** Whether each of its values is one of the file's. */
  readonly isFlat: boolean
}

/**
 * The rows of the row groups of a portion. A row group may have a million rows: columns are read by windows of rows, but for lists and
 * maps, of which a row begins anywhere: those are read by row group.
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
    const tree = parquetSchema(opened.metadata)
    const columns = tree.children.map(columnOf)
    const until = Math.min(portion.until, opened.groups.length)
    for (let number = portion.from; number < until; number++) {
      const group = opened.groups[number]!
      yield* readGroup(opened, columns, group, { uri: object.uri, rowGroup: number })
    }
  } finally {
    await opened.close()
  }
}

function columnOf(tree: SchemaTree): Column {
  const { name } = tree.element
  const isFlat = tree.children.length === 0 && tree.element.repetition_type !== 'REPEATED'
  return { name, start: `${JSON.stringify(name)}:`, write: parquetWriter(tree), isFlat }
}

async function* readGroup(
  { file, metadata }: ParquetFile,
  columns: readonly Column[],
  group: ParquetGroup,
  place: { readonly uri: string; readonly rowGroup: number },
): AsyncGenerator<Read[]> {
  const { firstRow, rows } = group
  const scan = await parquetScan({
    file: group.bytes <= KEPT_GROUP ? readOnce(file) : file,
    metadata: { ...metadata, schema: plainSchema(metadata.schema) },
    compressors,
    parsers: PARSERS,
    utf8: false,
    geoparquet: false,
  })
  const window = windowOf(group, columns.length)
  for (let first = 0; first < rows; first += window) {
    const count = Math.min(window, rows - first)
    const range = { rowStart: firstRow + first, rowEnd: firstRow + first + count }
    const values: DecodedArray[] = []
    try {
      for (const { name: column, isFlat } of columns) {
        // the library remembers what it read last of each column: a whole group stays
        if (!isFlat && first === 0)
          await scan.readColumn({ column, rowStart: firstRow, rowEnd: firstRow + rows })
        values.push(await scan.readColumn({ column, ...range }))
      }
    } catch (error) {
      if (error instanceof SourceError) throw error
      const name = columns[values.length]!.name
      const what = `column ${name} of its Parquet cannot be read: ${(error as Error).message}`
      throw new SourceError('damaged', what, { ...place, row: first }, { cause: error })
    }
    for (let row = 0; row < count; row += BATCH) {
      const batch: Read[] = []
      for (let at = row; at < Math.min(row + BATCH, count); at++)
        batch.push(rowOf(columns, values, at, { ...place, row: first + at }))
      yield batch
    }
  }
}

function rowOf(
  columns: readonly Column[],
  values: readonly DecodedArray[],
  at: number,
  place: Read['place'],
): Read {
  try {
    let text = ''
    for (const [index, { name, start, write }] of columns.entries()) {
      const value = values[index]![at] as unknown
      const each = value === null || value === undefined ? 'null' : writeField(write, name, value)
      text += `${index === 0 ? '{' : ','}${start}${each}`
    }
    return { kind: 'record', json: Buffer.from(text === '' ? '{}' : `${text}}`), place }
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error
    const row = Object.fromEntries(columns.map(({ name }, index) => [name, values[index]![at] as unknown]))
    const bytes = asFarAsPossible(row)
    return { kind: 'broken', bytes, length: bytes.length, rule: 'value', reason: error.message, place }
  }
}

function windowOf({ rows, unpackedBytes }: ParquetGroup, columns: number): number {
  const byBytes = Math.floor(WINDOW_BYTES / Math.max(1, unpackedBytes / Math.max(1, rows)))
  return Math.max(1000, Math.min(byBytes, Math.floor(WINDOW_VALUES / Math.max(1, columns))))
}

/** Each window asks for the same bytes of the file. */
function readOnce(file: AsyncBuffer): AsyncBuffer {
  const known = new Map<string, ReturnType<AsyncBuffer['slice']>>()
  return {
    byteLength: file.byteLength,
    slice: (start, end) => {
      const key = `${start}-${end}`
      const found = known.get(key) ?? file.slice(start, end)
      known.set(key, found)
      return found
    },
  }
}
