import { readFile } from 'node:fs/promises'
import type { Catalog } from '../catalog/catalog.ts'
import {
  DESTINATION_FIELDS,
  destinationOf,
  namedTable,
  type DestinationSpec,
} from '../rows/destination-spec.ts'
import { writeTo } from '../rows/destination.ts'
import { BigQueryError, notImplemented } from '../errors.ts'
import { readFields, type Field } from '../values/fields.ts'
import type { Store } from '../store/store.ts'
import { BadRecords } from './bad-records.ts'
import { saysColumns, type ReadOptions } from './file-rows.ts'
import { insertRows } from './insert-rows.ts'
import type { Objects } from './objects.ts'
import { readFiles } from './read-files.ts'
import type { SourceSpec } from '../table/source-spec.ts'
import { readOptions } from './read-options.ts'

/** JobConfigurationLoad, as far as it is taken. */
export type LoadSpec = SourceSpec & DestinationSpec

/** Bytes that came with the job. */
export interface UploadedFile {
  readonly path: string
  readonly size: number
  /** The bytes are not needed any more. */
  drop(): void
}

export interface LoadResult {
  readonly files: number
  readonly bytes: number
  readonly rows: number
  /** Records that were left out. */
  readonly bad: BadRecords
}

const ALSO = [...DESTINATION_FIELDS, 'maxBadRecords']

/** Reads files into a table, all of them or none. @throws BigQueryError */
export async function load(
  parts: { readonly catalog: Catalog; readonly store: Store; readonly objects: Objects },
  projectId: string,
  spec: LoadSpec,
  media?: UploadedFile,
): Promise<LoadResult> {
  const options = readOptions(spec, ALSO, media !== undefined)
  const files = media ? [] : findFiles(parts.objects, spec.sourceUris ?? [])
  const before = parts.catalog.tables.find(namedTable(spec.destinationTable, projectId).reference)
  const mayGrow = spec.schemaUpdateOptions?.includes('ALLOW_FIELD_ADDITION') ?? false
  const told = spec.schema?.fields && readFields(spec.schema.fields)
  // what the files have beside the columns that are known is to be found
  const columns = before?.fields.length ? before.fields : undefined
  const known = told ?? (mayGrow && options.finds ? undefined : columns)
  if (!known && !options.finds) throw new BigQueryError('invalid', 'No schema specified on job or table.')
  const bytes = media
    ? [await readFile(media.path)]
    : await Promise.all(files.map((file) => parts.objects.read(file)))
  const bad = new BadRecords(badRecordsOf(spec, options.format))
  const read = await readFiles(bytes, options, known, bad)
  const fields = columns && !told ? asBefore(columns, read.fields) : read.fields
  let rows = 0
  await writeTo(parts, destinationOf(spec, projectId, fields, 'WRITE_APPEND'), async (connection, table) => {
    rows = await insertRows(connection, table, read, options.ignoreUnknownValues, bad)
  })
  const size = (media ? [media] : files).reduce((sum, file) => sum + file.size, 0)
  return { files: bytes.length, bytes: size, rows, bad }
}

/** @throws BigQueryError where the number is none, or the format has no bad records (docs: JobConfigurationLoad, "maxBadRecords") */
function badRecordsOf({ maxBadRecords = 0 }: LoadSpec, format: ReadOptions['format']): number {
  const most = Number(maxBadRecords)
  if (!Number.isSafeInteger(most) || most < 0)
    throw new BigQueryError('invalid', `Invalid value for maxBadRecords: ${maxBadRecords}`)
  if (most > 0 && saysColumns(format)) throw notImplemented(`maxBadRecords of ${format}`)
  return most
}

/** Columns that were found, by what is known of those that are there: a whole number fits a FLOAT as well. */
function asBefore(before: readonly Field[], found: readonly Field[]): readonly Field[] {
  const known = new Map(before.map((field) => [field.name.toLowerCase(), field]))
  return found.map((field) => known.get(field.name.toLowerCase()) ?? field)
}

/** @throws BigQueryError notFound where a URI names none */
export function findFiles(objects: Objects, uris: readonly string[]) {
  return uris.flatMap((uri) => {
    const found = objects.find(uri)
    if (found.length === 0) throw new BigQueryError('notFound', `Not found: URI ${uri}`)
    return found
  })
}
