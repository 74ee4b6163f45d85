import { decimalOfText, plainText, wholeDigits } from '../json/decimal.ts'
import { MAX_RECORD_DEPTH } from './infer-column.ts'
import { isArray, isObject, type JsonObject, type JsonValue } from '../json/json-text.ts'
import { fitsBigNumeric, fitsFloat64 } from '../types/number-types.ts'
import { isRawNumber, rawNumber, type RawNumber } from '../json/raw-number.ts'
import { Signatures } from './signatures.ts'
import { ENVELOPE_KEYS, isEnvelopeKey } from '../columns/system-columns.ts'

/** What tells a text's type is shorter: a timestamp has 35 characters at most. */
const LONGEST_TEXT = 64
/** Of the type, which names the table, and of the id, which is told with what the event asked for. */
const LONGEST_KEPT = 1024
/** A bigint has 400 digits at most. */
const LONGEST_NUMBER = 400

/**
 * The event, without what a plan does not look at: texts are cut where their beginning tells their type, and of the elements of an
 * array that ask for the same the first and the last stay. What stands inside of more RECORDs than BigQuery nests is JSON, whatever it
 * holds: of such an object it stays whether it is empty. For any table the plan for the shape is the plan for the event: the same
 * columns, and conflicts for the same reasons in the same places, but for the indices of arrays, and for values that are longer than a
 * column's limit allows: nobody changes a column for these.
 *
 * @param typeField the field that names the type of the event
 */
export function shapeOf(event: JsonObject, typeField = 'event_type'): JsonObject {
  const signatures = new Signatures()
  return mapObject(event, (value, key) => {
    // no column is planned for the envelope's keys: what is no id and no day of these says nothing
    if (isEnvelopeKey(key) && (isArray(value) || isObject(value))) return null
    const isKeptLonger = key === typeField || key === ENVELOPE_KEYS.id
    if (typeof value === 'string' && isKeptLonger) return shortText(value, LONGEST_KEPT)
    return valueOf(value, 0, signatures)
  })
}

function mapObject(object: JsonObject, shape: (value: JsonValue, key: string) => JsonValue): JsonObject {
  const keys = Object.keys(object)
  const shapes = keys.map((key) => shape(object[key]!, key))
  // most objects are shapes already
  if (shapes.every((each, place) => each === object[keys[place]!])) return object
  // a key may be called __proto__
  return Object.fromEntries(keys.map((key, place) => [key, shapes[place]!]))
}

/** @param depth how many RECORDs enclose the value */
function valueOf(value: JsonValue, depth: number, signatures: Signatures): JsonValue {
  if (isArray(value)) return elementsOf(value, depth, signatures)
  if (!isObject(value)) return scalarOf(value)
  if (depth < MAX_RECORD_DEPTH) return mapObject(value, (each) => valueOf(each, depth + 1, signatures))
  return Object.keys(value).length > 0 ? SOME_OBJECT : EMPTY_OBJECT
}

function scalarOf(value: JsonValue): JsonValue {
  if (typeof value === 'string') return shortText(value, LONGEST_TEXT)
  return isRawNumber(value) ? shortNumber(value) : value
}

function shortText(text: string, longest: number): string {
  if (text.length <= longest) return text
  // half a character would make the shape no event
  const end = text.codePointAt(longest - 1)! > 0xff_ff ? longest - 1 : longest
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

function elementsOf(
  values: readonly JsonValue[],
  depth: number,
  signatures: Signatures,
): readonly JsonValue[] {
  // a column of such an array is JSON, or there is none: nobody looks inside
  const isOutside = values.some((value) => value === null || isArray(value))
  const shape = isOutside ? outside : (value: JsonValue) => valueOf(value, depth, signatures)
  const shapes = values.map(shape)
  return distinct(shapes.every((each, place) => each === values[place]) ? values : shapes, signatures)
}

const EMPTY_ARRAY: readonly JsonValue[] = Object.freeze([])
const EMPTY_OBJECT: JsonObject = Object.freeze({})
const SOME_OBJECT: JsonObject = Object.freeze({ '': 0 })

function outside(value: JsonValue): JsonValue {
  if (isArray(value)) return EMPTY_ARRAY
  return isObject(value) ? EMPTY_OBJECT : scalarOf(value)
}

/**
 * Of the shapes that ask for the same, the first and the last: what the first one asks for, the others fit. Only where the type of
 * a column changes by those between, the last one may not fit any more.
 */
export function distinct(shapes: readonly JsonValue[], signatures: Signatures): readonly JsonValue[] {
  const names = shapes.map((shape) => signatures.of(shape))
  const last = new Map(names.map((name, place) => [name, place]))
  if (last.size === shapes.length) return shapes
  const met = new Set<string>()
  return shapes.filter((_, place) => {
    const name = names[place]!
    const isFirst = !met.has(name)
    met.add(name)
    return isFirst || last.get(name) === place
  })
}
