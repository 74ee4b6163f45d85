import {
  Binary,
  Bool,
  DateDay,
  Decimal,
  Float64,
  Int64,
  TimeMicrosecond,
  TimestampMicrosecond,
  Utf8,
  type DataType,
} from 'apache-arrow'

export const NUMERIC_SCALE = 9
export const BIGNUMERIC_SCALE = 38

/** Arrow's type for a column that is no RECORD. */
export function scalarType(type: string): DataType {
  switch (type) {
    case 'INTEGER':
      return new Int64()
    case 'FLOAT':
      return new Float64()
    case 'BOOLEAN':
      return new Bool()
    case 'BYTES':
      return new Binary()
    case 'DATE':
      return new DateDay()
    case 'TIME':
      return new TimeMicrosecond()
    case 'DATETIME':
      return new TimestampMicrosecond()
    case 'TIMESTAMP':
      return new TimestampMicrosecond('UTC')
    case 'NUMERIC':
      return new Decimal(NUMERIC_SCALE, 38, 128)
    case 'BIGNUMERIC':
      return new Decimal(BIGNUMERIC_SCALE, 76, 256)
    default:
      return new Utf8()
  }
}

/** What Arrow cannot say of a type. */
export function sqlTypeOf(type: string): Map<string, string> | undefined {
  if (type !== 'JSON' && type !== 'DATETIME' && type !== 'GEOGRAPHY') return undefined
  return new Map([['ARROW:extension:name', `google:sqlType:${type.toLowerCase()}`]])
}
