import { isUtf8 } from 'node:buffer'
import { gunzipSync } from 'node:zlib'
import type { Field } from '../values/fields.ts'
import { BigQueryError } from '../errors.ts'
import { detectCsv, detectFields } from './autodetect.ts'
import { readAvro } from './avro-read.ts'
import { noneBad, type BadRecords } from './bad-records.ts'
import { csvCells, csvRows } from './csv-read.ts'
import type { Encoding, FileRows, JsonRow, ReadOptions } from './file-rows.ts'
import { jsonLines, rowOfJson, scannedLines } from './json-lines.ts'
import { readParquet } from './parquet-read.ts'
import type { LineScan, PlainLines } from './plain-lines.ts'

/**
 * Reads files of one format.
 *
 * @param known the columns; absent: those that the files have
 * @param bad gets records of text that are none
 * @throws BigQueryError invalid where one is not of its format
 */
export async function readFiles(
  files: readonly Buffer[],
  options: ReadOptions,
  known?: readonly Field[],
  bad: BadRecords = noneBad(),
): Promise<FileRows> {
  const { format } = options
  const text = (bytes: Buffer) => textOf(unpacked(bytes), options.encoding)
  if (format === 'CSV') return readCsv(files.map(text), options, known, bad)
  if (format === 'NEWLINE_DELIMITED_JSON')
    return readJson(
      files.map((bytes) => utf8Of(bytes, options.encoding)),
      known,
      bad,
    )
  const readOne = (bytes: Buffer) =>
    format === 'AVRO' ? readAvro(bytes, options) : readParquet(bytes, options.decimals)
  const read = await Promise.all(files.map(readOne))
  // the last one in the alphabet says which columns there are (docs: loading Avro data)
  return { fields: known ?? read.at(-1)?.fields ?? [], rows: read.flatMap(({ rows }) => [...rows]) }
}

function readJson(files: readonly Buffer[], known: readonly Field[] | undefined, bad: BadRecords): FileRows {
  if (!known) {
    const rows = files.flatMap((bytes) => [...jsonLines(bytes, false, bad)])
    return { fields: detectFields(rows), rows }
  }
  const lines = function* (): Generator<JsonRow> {
    for (const bytes of files) yield* jsonLines(bytes, true, bad)
  }
  const scanned = function* (scan: LineScan): Generator<JsonRow | PlainLines> {
    for (const bytes of files) yield* scannedLines(bytes, true, bad, scan)
  }
  return { fields: known, rows: lines(), rowOf: (value) => rowOfJson(known, value), scanned }
}

/**
 * Where the columns are to be found, the last of the rows that are skipped may have their names; where nobody says how many are, the
 * first row may; where it is said that none is, no row has (docs: JobConfigurationLoad, "skipLeadingRows").
 */
function readCsv(
  texts: readonly string[],
  options: ReadOptions,
  known: readonly Field[] | undefined,
  bad: BadRecords,
): FileRows {
  const { skipLeadingRows: told, autodetect } = options
  const skip = told ?? 0
  if (known && !autodetect) return csvFileRows(texts, known, { ...options, skipLeadingRows: skip }, bad)
  const before = Math.max(0, skip - 1)
  const files = texts.map((text) => csvCells(text, options).slice(before)).filter(({ length }) => length > 0)
  const below = files.flatMap((rows) => rows.slice(1))
  // where one file begins with names each does
  const withNames = detectCsv([...(files[0] ?? []).slice(0, 1), ...below], told === 0 ? 'none' : 'maybe')
  const isSkipped = withNames.hasHeader || skip > 0
  const fields =
    known ?? (withNames.hasHeader ? withNames : detectCsv(isSkipped ? below : files.flat(), 'none')).fields
  return csvFileRows(texts, fields, { ...options, skipLeadingRows: before + (isSkipped ? 1 : 0) }, bad)
}

function csvFileRows(
  texts: readonly string[],
  fields: readonly Field[],
  options: ReadOptions,
  bad: BadRecords,
): FileRows {
  const rows = function* (): Generator<JsonRow> {
    for (const text of texts) yield* csvRows(text, fields, options, bad)
  }
  return { fields, rows: rows() }
}

/** @param bytes unpacked */
function textOf(bytes: Buffer, encoding: Encoding): string {
  if (encoding === 'UTF-8') return bytes.toString('utf8')
  if (encoding === 'ISO-8859-1') return bytes.toString('latin1')
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 2))
  return (encoding === 'UTF-16LE' ? whole : Buffer.from(whole).swap16()).toString('utf16le')
}

function utf8Of(packed: Buffer, encoding: Encoding): Buffer {
  const bytes = unpacked(packed)
  return encoding === 'UTF-8' && isUtf8(bytes) ? bytes : Buffer.from(textOf(bytes, encoding))
}

/** Text may be packed by gzip, which its first bytes tell. @throws BigQueryError where the rest is none, or is not all there */
function unpacked(bytes: Buffer): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  try {
    return gunzipSync(bytes)
  } catch (error) {
    const message = `Error while reading data, error message: the gzip of ${bytes.length} bytes cannot be unpacked: ${(error as Error).message}`
    throw new BigQueryError('invalid', message, { cause: error })
  }
}
