import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalType,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  DuckDBTypeId,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api'
import { intervalText } from '../../sql/time/interval-values.ts'
import { ORDER, TEXT } from './big-numeric.ts'
import { BigQueryError } from '../errors.ts'
import type { Field } from './fields.ts'

const TYPES: Partial<Record<DuckDBTypeId, string>> = {
  [DuckDBTypeId.BOOLEAN]: 'BOOLEAN',
  [DuckDBTypeId.TINYINT]: 'INTEGER',
  [DuckDBTypeId.SMALLINT]: 'INTEGER',
  [DuckDBTypeId.INTEGER]: 'INTEGER',
  [DuckDBTypeId.BIGINT]: 'INTEGER',
  [DuckDBTypeId.UTINYINT]: 'INTEGER',
  [DuckDBTypeId.USMALLINT]: 'INTEGER',
  [DuckDBTypeId.UINTEGER]: 'INTEGER',
  [DuckDBTypeId.UBIGINT]: 'INTEGER',
  // what DuckDB makes of SUM(INT64)
  [DuckDBTypeId.HUGEINT]: 'INTEGER',
  [DuckDBTypeId.FLOAT]: 'FLOAT',
  [DuckDBTypeId.DOUBLE]: 'FLOAT',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'TIMESTAMP',
  [DuckDBTypeId.TIMESTAMP]: 'DATETIME',
  [DuckDBTypeId.DATE]: 'DATE',
  [DuckDBTypeId.TIME]: 'TIME',
  [DuckDBTypeId.BLOB]: 'BYTES',
  [DuckDBTypeId.UUID]: 'STRING',
  [DuckDBTypeId.SQLNULL]: 'STRING',
}

/** The BigQuery field that describes a column of a result. */
export function fieldOf(name: string, type: DuckDBType): Field {
  if (type instanceof DuckDBListType) {
    if (type.valueType instanceof DuckDBListType)
      throw new BigQueryError('invalidQuery', `Column ${name} is an ARRAY of ARRAYs.`)
    return { ...fieldOf(name, type.valueType), mode: 'REPEATED' }
  }
  if (isBigNumeric(type)) return { name, type: 'BIGNUMERIC', mode: 'NULLABLE' }
  if (type instanceof DuckDBStructType) {
    const fields = type.entryNames.map((entry, index) => fieldOf(entry, type.entryTypes[index]!))
    return { name, type: 'RECORD', mode: 'NULLABLE', fields }
  }
  if (type.typeId === DuckDBTypeId.VARCHAR)
    return { name, type: type.alias === 'JSON' ? 'JSON' : 'STRING', mode: 'NULLABLE' }
  if (type instanceof DuckDBDecimalType)
    return { name, type: type.scale === 0 ? 'BIGNUMERIC' : 'NUMERIC', mode: 'NULLABLE' }
  const known = TYPES[type.typeId]
  if (known === undefined)
    throw new BigQueryError(
      'invalidQuery',
      `Column ${name} has the type ${String(type)}, which has no counterpart.`,
    )
  return { name, type: known, mode: 'NULLABLE' }
}

const isBigNumeric = (type: DuckDBType): boolean =>
  type instanceof DuckDBStructType && type.entryNames[0] === ORDER

export interface CellFormat {
  /** TIMESTAMP as a whole number of microseconds, as seconds with a fraction, or as `YYYY-MM-DDTHH:MM:SS.FFFFFFZ`. */
  readonly timestamps: 'INT64' | 'FLOAT64' | 'ISO8601'
}

type Cell = { v: unknown }

/** A row as `{f: [{v: …}]}`, every scalar a string, as REST answers it. */
export function rowOf(values: readonly DuckDBValue[], format: CellFormat): { f: Cell[] } {
  return { f: values.map((value) => ({ v: cellOf(value, format) })) }
}

/** Makes NULL arrays empty, as BigQuery keeps them: it has no NULL array. A BIGNUMERIC becomes the text of its number. */
export function withEmptyArrays(
  values: readonly DuckDBValue[],
  types: readonly DuckDBType[],
): readonly DuckDBValue[] {
  return values.map((value, index) => emptyArray(value, types[index]!))
}

function emptyArray(value: DuckDBValue, type: DuckDBType): DuckDBValue {
  if (type instanceof DuckDBListType) {
    if (value === null) return new DuckDBListValue([])
    const { items } = value as DuckDBListValue
    if (items.includes(null))
      throw new BigQueryError('invalidQuery', 'Array cannot have a null element; error in writing field')
    return type.valueType instanceof DuckDBStructType
      ? new DuckDBListValue(items.map((item) => emptyArray(item, type.valueType)))
      : value
  }
  if (isBigNumeric(type)) return (value as DuckDBStructValue | null)?.entries[TEXT] ?? null
  if (type instanceof DuckDBStructType && value !== null) {
    const { entries } = value as DuckDBStructValue
    const filled = type.entryNames.map((name, index) => [
      name,
      emptyArray(entries[name]!, type.entryTypes[index]!),
    ])
    return new DuckDBStructValue(Object.fromEntries(filled) as Record<string, DuckDBValue>)
  }
  return value
}

/** A scalar as text, as REST answers it; a TIMESTAMP is no scalar here: it has several forms. */
export function cellText(value: DuckDBValue): string {
  return String(cellOf(value, { timestamps: 'INT64' }))
}

function cellOf(value: DuckDBValue, format: CellFormat): unknown {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return numberText(value)
  if (value instanceof DuckDBListValue) return value.items.map((item) => ({ v: cellOf(item, format) }))
  if (value instanceof DuckDBStructValue) return rowOf(Object.values(value.entries), format)
  if (value instanceof DuckDBTimestampTZValue) return timestampText(value.micros, format)
  if (value instanceof DuckDBTimestampValue) return dateTimeText(value.micros)
  if (value instanceof DuckDBDateValue) return dateText(value.days)
  if (value instanceof DuckDBTimeValue) return dateTimeText(value.micros).slice(11)
  if (value instanceof DuckDBDecimalValue) return trimZeros(value.toString())
  if (value instanceof DuckDBIntervalValue)
    return intervalText({ months: BigInt(value.months), days: BigInt(value.days), micros: value.micros })
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64')
  return String(value)
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
}

export function timestampText(micros: bigint, { timestamps }: CellFormat): string {
  if (timestamps === 'INT64') return micros.toString()
  if (timestamps === 'ISO8601') return isoText(micros)
  const sign = micros < 0n ? '-' : ''
  const size = micros < 0n ? -micros : micros
  return `${sign}${size / 1_000_000n}.${(size % 1_000_000n).toString().padStart(6, '0')}`
}

/** Only columns with picoseconds have twelve digits: a test of Google's client for Node shows others with fewer. */
function isoText(micros: bigint): string {
  const [text, fraction = ''] = dateTimeText(micros).split('.')
  return `${text}.${fraction.padEnd(6, '0')}Z`
}

/** YYYY-MM-DDTHH:MM:SS, with the fraction that there is. */
function dateTimeText(micros: bigint): string {
  const day = 86_400_000_000n
  const ofDay = ((micros % day) + day) % day
  const days = Number((micros - ofDay) / day)
  const seconds = Number(ofDay / 1_000_000n)
  const fraction = Number(ofDay % 1_000_000n)
  const time = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map(twoDigits)
    .join(':')
  return `${dateText(days)}T${time}${fraction === 0 ? '' : `.${String(fraction).padStart(6, '0')}`}`
}

const twoDigits = (number: number): string => String(number).padStart(2, '0')

function dateText(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, 10)
}

function trimZeros(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal
}
