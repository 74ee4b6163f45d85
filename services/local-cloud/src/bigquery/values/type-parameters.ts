import { BigQueryError, notImplemented } from '../errors.ts'
import type { Field } from './field.ts'
import { RowError } from './row-values.ts'

// docs: GoogleSQL data types, "parameterized data types"; managing table schemas
const MOST_SCALE = 9
const MOST_WHOLE_DIGITS = 29
const RANGE_ELEMENTS = ['DATE', 'DATETIME', 'TIMESTAMP']
const MICROS = 6
const PICOS = 12

/** What a schema says of a type beside its name. */
export const TYPE_PARAMETERS = [
  'maxLength',
  'precision',
  'scale',
  'roundingMode',
  'timestampPrecision',
  'rangeElementType',
] as const

type Numbers = 'maxLength' | 'precision' | 'scale' | 'timestampPrecision'
/** Callers send numbers as such, too. */
type Sent = Omit<Field, Numbers> & { readonly [name in Numbers]?: string | number }

/**
 * The parameters of a column's type, as the API answers them: numbers as text.
 *
 * @param isPlain whether it is a column of the table that is not REPEATED
 * @throws BigQueryError that names the column and the rule
 */
export function readTypeParameters(
  field: Sent,
  path: string,
  isPlain: boolean,
): Pick<Field, (typeof TYPE_PARAMETERS)[number]> {
  const { type, maxLength, precision, scale, roundingMode, timestampPrecision, rangeElementType } = field
  const refuse = (why: string): never => {
    throw new BigQueryError('invalid', `Field ${path} of type ${type} ${why}.`)
  }
  if ((maxLength ?? precision ?? scale) !== undefined && !isPlain)
    throw notImplemented(`a length or precision inside of a RECORD or REPEATED (field ${path})`)
  if (maxLength !== undefined && type !== 'STRING' && type !== 'BYTES') refuse('takes no maxLength')
  if (maxLength !== undefined && !(Number(maxLength) > 0)) refuse(`cannot have the maxLength ${maxLength}`)
  if ((precision ?? scale) !== undefined) {
    // DuckDB cannot hold its BIGNUMERICs to one in statements that change rows
    if (type === 'BIGNUMERIC') throw notImplemented(`a precision of BIGNUMERIC (field ${path})`)
    if (type !== 'NUMERIC') refuse('takes no precision and no scale')
    if (precision === undefined) refuse('has a scale without a precision')
    const digits = Number(scale ?? 0)
    const isRight = digits >= 0 && digits <= MOST_SCALE && Number(precision) >= Math.max(1, digits)
    if (!isRight || Number(precision) > digits + MOST_WHOLE_DIGITS)
      refuse(`cannot have the precision ${precision} and the scale ${digits}`)
  }
  if (roundingMode && roundingMode !== 'ROUND_HALF_AWAY_FROM_ZERO')
    throw notImplemented(`the rounding mode ${roundingMode} (field ${path})`)
  if (timestampPrecision !== undefined) {
    const isKnown = [MICROS, PICOS].includes(Number(timestampPrecision))
    if (type !== 'TIMESTAMP' || !isKnown) refuse(`cannot have the timestampPrecision ${timestampPrecision}`)
    if (Number(timestampPrecision) === PICOS && !isPlain)
      throw notImplemented(`picoseconds inside of a RECORD or REPEATED (field ${path})`)
  }
  const element = rangeElementType?.type?.toUpperCase()
  if (type === 'RANGE' && !(element !== undefined && RANGE_ELEMENTS.includes(element)))
    refuse('needs a rangeElementType of DATE, DATETIME or TIMESTAMP')
  if (type === 'RANGE' && !isPlain)
    throw notImplemented(`RANGE inside of a RECORD or REPEATED (field ${path})`)
  if (type !== 'RANGE' && rangeElementType) refuse('takes no rangeElementType')
  return {
    ...(maxLength !== undefined && { maxLength: String(maxLength) }),
    ...(precision !== undefined && { precision: String(precision) }),
    ...(scale !== undefined && { scale: String(scale) }),
    ...(roundingMode && { roundingMode }),
    ...(timestampPrecision !== undefined && { timestampPrecision: String(timestampPrecision) }),
    ...(element !== undefined && { rangeElementType: { type: element } }),
  }
}

/** Whether a RANGE is in a value, which files and Storage Read would take for the text that it is kept as. */
export const holdsRange = ({ type, fields = [] }: Field): boolean =>
  type === 'RANGE' || fields.some(holdsRange)

export function isPicos({ type, timestampPrecision }: Field): boolean {
  return type === 'TIMESTAMP' && Number(timestampPrecision) === PICOS
}

/** Whether values that its type holds may be too long for the column. */
export function isBounded({ maxLength, precision }: Field): boolean {
  return (maxLength ?? precision) !== undefined
}

/**
 * What statements that change rows are held to, as DuckDB's SQL. A NUMERIC with more digits behind the point is rounded before
 * (sql/resolve/assign.ts); in rows that a query job brings into its destination table it is refused.
 */
export function checkOf({ type, maxLength, precision, scale }: Field, column: string): string | undefined {
  if (maxLength !== undefined)
    return `${type === 'BYTES' ? 'octet_length' : 'length'}(${column}) <= ${maxLength}`
  if (precision === undefined) return undefined
  const digits = Number(scale ?? 0)
  return `${column} = round(${column}, ${digits}) AND abs(${column}) < 1e${Number(precision) - digits}::DECIMAL(38,0)`
}

/**
 * A value of such a column, as JSON text: rounded, where it has more digits behind the point.
 *
 * @param json the value as it is kept without bounds
 * @throws RowError where it is too long
 */
export function bounded(field: Field, text: string, location: string): string {
  const { type, maxLength, precision, scale } = field
  if (maxLength !== undefined) {
    const isBytes = type === 'BYTES'
    const length = isBytes ? Buffer.from(text, 'base64').length : Array.from(text).length
    if (length > Number(maxLength)) {
      const unit = isBytes ? 'bytes' : 'characters'
      throw new RowError(
        location,
        `Field ${location}: value has ${length} ${unit}; ${type}(${maxLength}) takes no more.`,
      )
    }
  }
  if (precision === undefined) return text
  const rounded = roundedAway(text, Number(scale ?? 0))
  const whole = /^[+-]?0*(\d*)/.exec(rounded)![1]!
  if (whole.length > Number(precision) - Number(scale ?? 0)) {
    const spelling = `${type}(${precision}${scale === undefined ? '' : `, ${scale}`})`
    throw new RowError(location, `Field ${location}: ${text} is out of range for ${spelling}.`)
  }
  return rounded
}

/** A decimal with so many digits behind the point, halves away from zero. */
function roundedAway(text: string, scale: number): string {
  const [, sign = '', whole = '', fraction = ''] = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text) ?? []
  if (fraction.length <= scale) return text
  const kept = BigInt(`${whole}${fraction.slice(0, scale)}`) + (fraction[scale]! >= '5' ? 1n : 0n)
  const digits = kept.toString().padStart(scale + 1, '0')
  const point = digits.length - scale
  return `${sign}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`
}
