import { writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import type { DuckDBValue } from '@duckdb/node-api'
import type { Catalog } from '../catalog/catalog.ts'
import { withEmptyArrays } from '../values/cells.ts'
import { BigQueryError, notImplemented } from '../errors.ts'
import { partitionCondition, splitDecorator } from '../table/partition-decorator.ts'
import { quote, type Field } from '../values/fields.ts'
import { physical } from '../table/physical.ts'
import type { Store } from '../store/store.ts'
import { whereNot } from '../store/streaming-buffer.ts'
import { incarnationOf, type Table, type TableReference } from '../table/table.ts'
import { holdsRange, isPicos } from '../values/type-parameters.ts'
import type { AvroCodec } from './avro-codecs.ts'
import { writeAvro } from './avro-write.ts'
import type { Objects } from './objects.ts'
import { writeParquet } from './parquet-write.ts'
import { delimiterOf } from './read-options.ts'
import { csvText, jsonLines } from './text-write.ts'

/** JobConfigurationExtract, as far as it is taken. */
export interface ExtractSpec {
  readonly sourceTable?: Partial<TableReference>
  readonly destinationUri?: string
  readonly destinationUris?: readonly string[]
  readonly destinationFormat?: string
  readonly compression?: string
  readonly fieldDelimiter?: string
  readonly printHeader?: boolean
  readonly useAvroLogicalTypes?: boolean
}

export interface ExtractResult {
  readonly fileCounts: readonly number[]
  readonly bytes: number
}

const KNOWN = new Set([
  'sourceTable',
  'destinationUri',
  'destinationUris',
  'destinationFormat',
  'compression',
  'fieldDelimiter',
  'printHeader',
  'useAvroLogicalTypes',
])
const CODECS: Readonly<Record<string, AvroCodec>> = { NONE: 'null', DEFLATE: 'deflate', SNAPPY: 'snappy' }
const PARQUET_CODECS: Readonly<Record<string, string>> = {
  NONE: 'uncompressed',
  SNAPPY: 'snappy',
  GZIP: 'gzip',
  ZSTD: 'zstd',
}
const TYPES: Readonly<Record<string, string>> = {
  AVRO: 'application/octet-stream',
  NEWLINE_DELIMITED_JSON: 'application/json',
  CSV: 'text/csv',
}
const DIGITS = 12

/** Writes a table, or a partition of it, to files. @throws BigQueryError */
export async function extract(
  { catalog, store, objects }: { catalog: Catalog; store: Store; objects: Objects },
  projectId: string,
  spec: ExtractSpec,
): Promise<ExtractResult> {
  for (const [key, value] of Object.entries(spec)) {
    if (value !== undefined && value !== null && !KNOWN.has(key))
      throw notImplemented(`${key} of extract jobs`)
  }
  const uris = spec.destinationUris ?? (spec.destinationUri === undefined ? [] : [spec.destinationUri])
  const [uri, ...more] = uris
  if (uri === undefined) throw new BigQueryError('required', 'Required parameter is missing: destinationUris')
  if (more.length > 0) throw notImplemented('extract jobs with several destinations')
  if (uri.split('*').length > 2)
    throw new BigQueryError('invalid', `Invalid value: ${uri} has more than one "*".`)
  const { datasetId = '', tableId = '' } = spec.sourceTable ?? {}
  const reference = { projectId: spec.sourceTable?.projectId ?? projectId, datasetId, tableId }
  const { table: plain, partition } = splitDecorator(reference)
  const table = catalog.tables.stored(plain)
  const rows = await readRows(store, table, partition)
  await writeRows(objects, uri, { fields: table.fields, rows }, spec)
  return { fileCounts: [1], bytes: 0 }
}

/** Writes rows to the one file that a URI names. @throws BigQueryError */
export async function writeRows(
  objects: Objects,
  uri: string,
  { fields, rows }: { readonly fields: readonly Field[]; readonly rows: DuckDBValue[][] },
  spec: ExtractSpec,
): Promise<void> {
  const path = objects.newPath()
  await write(path, fields, rows, spec)
  const target = uri.includes('*') ? uri.replace('*', '0'.repeat(DIGITS)) : uri
  await objects.write(target, path, TYPES[spec.destinationFormat ?? 'CSV'] ?? 'application/octet-stream')
}

async function readRows(store: Store, table: Table, partition: string | undefined): Promise<DuckDBValue[][]> {
  const incarnation = incarnationOf(table)
  const isMeant = partition === undefined ? undefined : partitionCondition(table, partition)
  const where = whereNot(store.buffer.of(incarnation), isMeant)
  const columns = table.fields.map(({ name }) => quote(name)).join(', ')
  const reader = await store.query(`SELECT ${columns} FROM ${physical(table.reference)} ${where}`, [
    incarnation,
  ])
  const types = reader.columnTypes()
  return reader.getRows().map((row) => [...withEmptyArrays(row, types)])
}

async function write(
  path: string,
  fields: readonly Field[],
  rows: DuckDBValue[][],
  spec: ExtractSpec,
): Promise<void> {
  const { destinationFormat: format = 'CSV', compression = 'NONE' } = spec
  if (format === 'AVRO') {
    const special = fields.find((field) => isPicos(field) || holdsRange(field))
    if (special) throw notImplemented(`RANGE and picoseconds in Avro files (column ${special.name})`)
    const codec = CODECS[compression]
    if (codec === undefined) throw badCompression(format, compression)
    await writeAvro(path, fields, rows, { codec, logicalTypes: spec.useAvroLogicalTypes ?? false })
    return
  }
  if (format === 'PARQUET') {
    const codec = PARQUET_CODECS[compression]
    if (codec === undefined) throw badCompression(format, compression)
    await writeParquet(path, fields, rows, codec)
    return
  }
  if (format !== 'CSV' && format !== 'NEWLINE_DELIMITED_JSON')
    throw notImplemented(`extract jobs as ${format}`)
  if (compression !== 'NONE' && compression !== 'GZIP') throw badCompression(format, compression)
  const delimiter = delimiterOf(spec.fieldDelimiter)
  const text =
    format === 'CSV'
      ? csvText(fields, rows, { delimiter, header: spec.printHeader ?? true })
      : jsonLines(fields, rows)
  await writeFile(path, compression === 'GZIP' ? gzipSync(text) : text)
}

function badCompression(format: string, compression: string): BigQueryError {
  return new BigQueryError(
    'invalid',
    `Invalid value for compression: ${compression} is not supported for ${format}.`,
  )
}
