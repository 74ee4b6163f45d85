import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBDecimalType, DuckDBListType, type DuckDBType, type DuckDBValue } from '@duckdb/node-api'
import { fieldOf } from '../values/cells.ts'
import { asResourcesExceeded, BigQueryError } from '../errors.ts'
import { quoteText, type Field } from '../values/fields.ts'
import type { FileRows } from './file-rows.ts'
import { withOwnDuckDb } from './own-duckdb.ts'
import { wideDecimals, wideDecimalTexts, type WideDecimal } from './parquet-decimals.ts'
import { jsonLines } from './text-write.ts'

async function readWith(
  bytes: Buffer,
  sqlOf: (path: string) => string,
  column: (name: string, type: DuckDBType) => Field,
): Promise<{ fields: readonly Field[]; rows: readonly (readonly DuckDBValue[])[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'local-cloud-file-'))
  const path = join(folder, 'file')
  writeFileSync(path, bytes)
  try {
    return await withOwnDuckDb(async (connection) => {
      const reader = await connection.runAndReadAll(sqlOf(quoteText(path)))
      const types = reader.columnTypes()
      const fields = reader.columnNames().map((name, index) => column(name, types[index]!))
      return { fields, rows: reader.getRows() }
    })
  } catch (error) {
    if (error instanceof BigQueryError) throw error
    const exceeded = asResourcesExceeded(error)
    if (exceeded) throw exceeded
    const message = `Error while reading data, error message: ${(error as Error).message.replaceAll(path, 'the file')}`
    throw new BigQueryError('invalid', message, { cause: error })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param decimals the types that decimals become, the first of them that holds them (docs: JobConfigurationLoad, "decimalTargetTypes") */
export async function readParquet(bytes: Buffer, decimals: readonly string[]): Promise<FileRows> {
  const { fields, rows } = await readWith(
    bytes,
    (path) => `SELECT * FROM read_parquet(${path})`,
    (name, type) => parquetField(name, type, decimals),
  )
  const lines = jsonLines(fields, rows).split('\n').slice(0, -1)
  const values = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  const wide = wideDecimals(bytes)
  if (wide.size === 0) return { fields, rows: values }
  const texts = await wideDecimalTexts(bytes, wide)
  const typed = fields.map((field) => {
    const decimal = wide.get(field.name)
    return decimal ? { ...field, type: decimalType(decimal, decimals) } : field
  })
  return { fields: typed, rows: values.map((row, index) => ({ ...row, ...texts[index] })) }
}

function parquetField(name: string, type: DuckDBType, decimals: readonly string[]): Field {
  const one = type instanceof DuckDBListType ? type.valueType : type
  const field = fieldOf(name, type)
  return one instanceof DuckDBDecimalType ? { ...field, type: decimalType(one, decimals) } : field
}

/** NUMERIC(P, S) and BIGNUMERIC(P, S): digits before the point, and behind it. */
const HOLDS: Readonly<Record<string, readonly [whole: number, scale: number]>> = {
  NUMERIC: [29, 9],
  BIGNUMERIC: [38, 38],
  STRING: [Infinity, Infinity],
}

function decimalType({ width, scale }: WideDecimal, wanted: readonly string[]): string {
  const inOrder = Object.keys(HOLDS).filter((each) => wanted.includes(each))
  const holds = (each: string) => width - scale <= HOLDS[each]![0] && scale <= HOLDS[each]![1]
  return inOrder.find(holds) ?? inOrder.at(-1)!
}
