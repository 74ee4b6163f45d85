import { gunzipSync } from 'node:zlib'
import { BigQueryError } from '../errors.ts'
import type { Field } from '../fields.ts'
import { detectCsv, detectFields } from './autodetect.ts'
import { readAvro } from './avro-read.ts'
import { csvCells, csvRows } from './csv-read.ts'
import type { FileRows, JsonRow, ReadOptions } from './file-rows.ts'
import { readParquet } from './parquet-read.ts'

/**
 * Reads files of one format.
 *
 * @param known the columns; absent: those that the files have
 * @throws BigQueryError invalid where one is not of its format
 */
export async function readFiles(
  files: readonly Buffer[],
  options: ReadOptions,
  known?: readonly Field[],
): Promise<FileRows> {
  const { format } = options
  if (format === 'CSV') return readCsv(files.map(textOf), options, known)
  if (format === 'NEWLINE_DELIMITED_JSON') {
    const rows = files.flatMap((bytes) => jsonRows(textOf(bytes)))
    return { fields: known ?? detectFields(rows), rows }
  }
  const readOne = (bytes: Buffer) => (format === 'AVRO' ? readAvro(bytes, options) : readParquet(bytes))
  const read = await Promise.all(files.map(readOne))
  // the last one in the alphabet says which columns there are (docs: loading Avro data)
  return { fields: known ?? read.at(-1)?.fields ?? [], rows: read.flatMap(({ rows }) => rows) }
}

function readCsv(texts: readonly string[], options: ReadOptions, known?: readonly Field[]): FileRows {
  const cells = texts.flatMap((text) => csvCells(text, options).slice(options.skipLeadingRows))
  const detected = known && !options.autodetect ? undefined : detectCsv(cells)
  const fields = known ?? detected!.fields
  const skipLeadingRows = options.skipLeadingRows + (detected?.hasHeader ? 1 : 0)
  return { fields, rows: texts.flatMap((text) => csvRows(text, fields, { ...options, skipLeadingRows })) }
}

/** Text may be packed by gzip, which its first bytes tell. */
function textOf(bytes: Buffer): string {
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b
  return (isPacked ? gunzipSync(bytes) : bytes).toString('utf8')
}

function jsonRows(text: string): JsonRow[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const value = parsed(line, index)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return [{ ...value }]
    throw jsonError(index, 'it is no object')
  })
}

function parsed(line: string, index: number): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw jsonError(index, (error as Error).message, error)
  }
}

function jsonError(index: number, why: string, cause?: unknown): BigQueryError {
  const place = `JSON parsing error in row starting at line ${index + 1}`
  return new BigQueryError('invalid', `Error while reading data, error message: ${place}: ${why}`, { cause })
}
