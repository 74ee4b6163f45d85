import { parquetMetadata, parquetReadObjects, type FileMetaData, type SchemaElement } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { notImplemented } from '../errors.ts'
import { decimalText } from './decimals.ts'

/** A DECIMAL has more digits than DuckDB's, which makes a DOUBLE of it: pandas writes each BIGNUMERIC as decimal256(76, 38). */
const MOST_DIGITS = 38

export interface WideDecimal {
  readonly width: number
  readonly scale: number
}

/**
 * The columns of a Parquet file with decimals of more than 38 digits.
 *
 * @throws BigQueryError notImplemented where one is inside of a record or a list
 */
export function wideDecimals(bytes: Buffer): ReadonlyMap<string, WideDecimal> {
  const footer = footerOf(bytes)
  const wide = footer.schema.filter(isWide)
  const top = topLevel(footer)
  const nested = wide.find((each) => !top.includes(each))
  if (nested)
    throw notImplemented(`a decimal of ${nested.precision} digits inside of a record or list of Parquet`)
  return new Map(wide.map(({ name, precision = 0, scale = 0 }) => [name, { width: precision, scale }]))
}

/** The values of these columns, row by row, to their last digit; a row lacks those that are NULL. */
export async function wideDecimalTexts(
  bytes: Buffer,
  columns: ReadonlyMap<string, WideDecimal>,
): Promise<readonly Readonly<Record<string, string>>[]> {
  const metadata = footerOf(bytes)
  for (const element of metadata.schema.filter(isWide)) {
    // without them the library gives the bytes, in place of a number that has lost digits
    delete element.converted_type
    delete element.logical_type
  }
  const file = {
    byteLength: bytes.length,
    slice: (start: number, end?: number) => Uint8Array.from(bytes.subarray(start, end)).buffer,
  }
  const names = [...columns.keys()]
  const rows = await parquetReadObjects({ file, metadata, columns: names, compressors, utf8: false })
  return rows.map((row) =>
    Object.fromEntries(
      names
        .filter((name) => row[name] instanceof Uint8Array)
        .map((name) => [name, decimalText(row[name] as Uint8Array, columns.get(name)!.scale)]),
    ),
  )
}

function footerOf(bytes: Buffer): FileMetaData {
  const length = bytes.readUInt32LE(bytes.length - 8)
  return parquetMetadata(Uint8Array.from(bytes.subarray(bytes.length - 8 - length)).buffer)
}

function isWide({ converted_type: type, logical_type: logical, precision = 0 }: SchemaElement): boolean {
  return (type === 'DECIMAL' || logical?.type === 'DECIMAL') && precision > MOST_DIGITS
}

function topLevel({ schema }: FileMetaData): readonly SchemaElement[] {
  const found: SchemaElement[] = []
  const end = (at: number): number => {
    let next = at + 1
    for (let child = 0; child < (schema[at]!.num_children ?? 0); child++) next = end(next)
    return next
  }
  for (let at = 1; at < schema.length; at = end(at)) found.push(schema[at]!)
  return found.filter(({ repetition_type: repetition }) => repetition !== 'REPEATED')
}
