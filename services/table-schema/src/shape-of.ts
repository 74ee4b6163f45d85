import { decimalOfText, plainText, wholeDigits } from './decimal.ts'
import { textType } from './infer-column.ts'
import { isArray, isObject, type JsonObject, type JsonValue } from './json-text.ts'
import { fitsBigNumeric, fitsFloat64, fitsInt64, fitsNumeric, numberType } from './number-types.ts'
import { isRawNumber, rawNumber, type RawNumber } from './raw-number.ts'
import { ENVELOPE_KEYS, isEnvelopeKey } from './system-columns.ts'

/** What tells a text's type is shorter: a timestamp has 35 characters at most. */
const LONGEST_TEXT = 64
/** The type names the table, and the id is told with what the event asked for. */
const KEPT_LONGER: ReadonlySet<string> = new Set(['event_type', ENVELOPE_KEYS.id])
const LONGEST_KEPT = 1024
/** A bigint has 400 digits at most. */
const LONGEST_NUMBER = 400

/**
 * The event, without what a plan does not look at: texts are cut where their beginning tells their type, and of the elements of an
 * array that ask for the same the first and the last stay. For any table the plan for the shape is the plan for the event: the same
 * columns, and conflicts for the same reasons in the same places, but for the indices of arrays.
 */
export function shapeOf(event: JsonObject): JsonObject {
  return mapObject(event, (value, key) => {
    // no column is planned for the envelope's keys: what is no id and no day of these says nothing
    if (isEnvelopeKey(key) && (isArray(value) || isObject(value))) return null
    return valueOf(value, KEPT_LONGER.has(key) ? LONGEST_KEPT : LONGEST_TEXT)
  })
}

function mapObject(object: JsonObject, shape: (value: JsonValue, key: string) => JsonValue): JsonObject {
  // a key may be called __proto__
  return Object.fromEntries(Object.keys(object).map((key) => [key, shape(object[key]!, key)]))
}

function valueOf(value: JsonValue, longest = LONGEST_TEXT): JsonValue {
  if (typeof value === 'string') return value.length <= longest ? value : cut(value, LONGEST_TEXT)
  if (isArray(value)) return elementsOf(value)
  if (isObject(value)) return mapObject(value, (each) => valueOf(each))
  return isRawNumber(value) ? shortNumber(value) : value
}

/** Half a character would make the shape no event. */
function cut(text: string, length: number): string {
  const end = text.codePointAt(length - 1)! > 0xff_ff ? length - 1 : length
  return text.slice(0, end)
}

/** A number of very many digits as a short one that fits into the same columns. */
function shortNumber(value: RawNumber): JsonValue {
  const { rawJSON: text } = value
  if (text.length <= LONGEST_NUMBER) return value
  const decimal = decimalOfText(text)
  if (fitsBigNumeric(value)) return rawNumber(plainText(decimal))
  const sign = decimal.isNegative ? '-' : ''
  if (fitsFloat64(value)) return rawNumber(`${sign}${decimal.digits}e${decimal.exponent}`)
  return rawNumber(`${sign}${wholeDigits(decimal) > LONGEST_NUMBER ? '1e1000' : '1e-1000'}`)
}

function elementsOf(values: readonly JsonValue[]): readonly JsonValue[] {
  // a column of such an array is JSON, or there is none: nobody looks inside
  if (values.some((value) => value === null || isArray(value))) return distinct(values.map(outside))
  return distinct(values.map((value) => valueOf(value)))
}

const EMPTY_ARRAY: readonly JsonValue[] = Object.freeze([])
const EMPTY_OBJECT: JsonObject = Object.freeze({})

function outside(value: JsonValue): JsonValue {
  if (isArray(value)) return EMPTY_ARRAY
  return isObject(value) ? EMPTY_OBJECT : valueOf(value)
}

/**
 * Of the shapes that ask for the same, the first and the last: what the first one asks for, the others fit. Only where the type of
 * a column changes by those between, the last one may not fit any more.
 */
export function distinct(shapes: readonly JsonValue[]): readonly JsonValue[] {
  const places = new Map<string, { readonly first: number; last: number }>()
  shapes.forEach((shape, place) => {
    const signature = signatureOf(shape)
    const known = places.get(signature)
    if (known) known.last = place
    else places.set(signature, { first: place, last: place })
  })
  const kept = new Set([...places.values()].flatMap(({ first, last }) => [first, last]))
  return kept.size === shapes.length ? shapes : shapes.filter((_, place) => kept.has(place))
}

/** The same for values that every column takes or refuses alike. */
function signatureOf(value: JsonValue): string {
  if (value === null) return '0'
  if (typeof value === 'boolean') return 'b'
  if (typeof value === 'string') return `"${textType(value)}`
  if (isArray(value)) return `[${value.map(signatureOf).join()}]`
  if (isObject(value))
    return `{${Object.keys(value)
      .map((key) => `${JSON.stringify(key)}:${signatureOf(value[key]!)}`)
      .join()}}`
  const decimals = [fitsInt64(value), fitsNumeric(value), fitsBigNumeric(value)]
  const fits = [typeof value === 'number', fitsFloat64(value), ...decimals]
  return `${numberType(value)}${fits.map(Number).join('')}`
}
