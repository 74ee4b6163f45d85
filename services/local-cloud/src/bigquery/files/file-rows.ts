import type { Field } from '../values/fields.ts'
import type { LineScan, PlainLines } from './plain-lines.ts'

/** A row as tabledata.insertAll takes it. */
export type JsonRow = Readonly<Record<string, unknown>>

/** What files hold. */
export interface FileRows {
  readonly fields: readonly Field[]
  /** In their order, once. What is wrong with one is thrown when it is its turn. */
  readonly rows: Iterable<JsonRow>
  /** Makes a row of one; absent: they are rows already. */
  readonly rowOf?: (value: JsonRow) => JsonRow
  /** Instead of `rows`: lines that are rows of a table as they stand are not read. */
  readonly scanned?: (scan: LineScan) => Iterable<JsonRow | PlainLines>
}

export type Encoding = 'UTF-8' | 'ISO-8859-1' | 'UTF-16LE' | 'UTF-16BE'

/** How files are read: the part of ExternalDataConfiguration and of JobConfigurationLoad that is taken. */
export interface ReadOptions {
  readonly format: 'AVRO' | 'NEWLINE_DELIMITED_JSON' | 'CSV' | 'PARQUET'
  readonly logicalTypes: boolean
  readonly ignoreUnknownValues: boolean
  /** Whether the files tell what nobody says: the columns, and whether CSV begins with their names. */
  readonly autodetect: boolean
  /** Whether the columns can be found in the files. */
  readonly finds: boolean
  /** What decimals of Parquet become. */
  readonly decimals: readonly string[]
  /** Of CSV and JSON. */
  readonly encoding: Encoding
  /** CSV: */
  readonly delimiter: string
  readonly quote: string
  /** Undefined where nobody says how many. */
  readonly skipLeadingRows: number | undefined
  readonly nullMarker: string
  readonly allowJaggedRows: boolean
}

/** Whether files of a format say themselves which columns they have. */
export function saysColumns(format: ReadOptions['format']): boolean {
  return format === 'AVRO' || format === 'PARQUET'
}
