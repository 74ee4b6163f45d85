import { fitsType, parseJson, type ColumnType } from '@tablestream/table-schema'

/** What text can be, each narrower than all behind it that can hold it. */
const CANDIDATES = [
  'BOOL',
  'INT64',
  'FLOAT64',
  'NUMERIC',
  'BIGNUMERIC',
  'DATE',
  'TIMESTAMP',
  'TIME',
  'STRING',
] as const
export type CsvType = (typeof CANDIDATES)[number]

const BIT = Object.fromEntries(CANDIDATES.map((type, at) => [type, 1 << at])) as Record<CsvType, number>
const ALL = (1 << CANDIDATES.length) - 1
const NUMBERS = BIT.FLOAT64 | BIT.NUMERIC | BIT.BIGNUMERIC
/** JSON's grammar of a number: so `007` is none, nor `+1`, and a key of an order that looks like that stays text. */
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/
const BOOL = /^(?:true|false)$/i
/** A double gives back whatever has fewer digits; the point is one more, the sign another. */
const SHORT = 15
/** Digits behind the point that NUMERIC has. */
const NUMERIC_SCALE = 9

/**
 * The types of columns of text, found by all of their values: the narrowest type that holds each of them. What a value may be is what
 * it may be in an event of the stream: a time without an offset is text, as are whole numbers with zeros before them.
 */
export class CsvTypes {
  /** For each column the bits of the types that hold all of its values; ALL: nothing is known yet. */
  readonly #kept: number[]

  constructor(columns: number) {
    this.#kept = Array.from({ length: columns }, () => ALL)
  }

  /** @param texts absent ones say nothing */
  take(texts: readonly (string | undefined)[]): void {
    for (let at = 0; at < this.#kept.length; at++) {
      const text = texts[at]
      const kept = this.#kept[at]!
      if (text === undefined || kept === BIT.STRING) continue
      this.#kept[at] = kept & typesOf(text, kept)
    }
  }

  /** Of each column; undefined: it holds nothing. */
  types(): (CsvType | undefined)[] {
    return this.#kept.map((kept) => (kept === ALL ? undefined : CANDIDATES.find((type) => kept & BIT[type])))
  }

  /** What another one has seen, as `toJSON` gives it, as if this one had seen it. */
  merge(others: readonly number[]): void {
    for (const [at, kept] of others.entries()) this.#kept[at]! &= kept
  }

  toJSON(): readonly number[] {
    return [...this.#kept]
  }
}

/** @param asked bits of the types that are still of interest */
function typesOf(text: string, asked: number): number {
  const first = text.charCodeAt(0)
  const isDigit = first >= 48 && first <= 57
  if (isDigit || first === 45) {
    if (asked & NUMBERS && NUMBER.test(text)) return BIT.STRING | numberTypes(text)
    if (!isDigit) return BIT.STRING
    let types = BIT.STRING
    for (const type of ['DATE', 'TIMESTAMP', 'TIME'] as const)
      if (asked & BIT[type] && fitsType(type, text)) types |= BIT[type]
    return types
  }
  return BOOL.test(text) ? BIT.BOOL | BIT.STRING : BIT.STRING
}

function numberTypes(text: string): number {
  const point = text.indexOf('.')
  const isPlain = text.length <= SHORT && !/[eE]/.test(text)
  if (isPlain && point < 0) return BIT.INT64 | NUMBERS
  if (isPlain && text.length - point - 1 <= NUMERIC_SCALE) return NUMBERS
  const value = parseJson(text)
  let types = 0
  for (const type of ['INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC'] as const)
    if (fitsType(type, value)) types |= BIT[type]
  return types
}

/**
 * A row as a JSON object: each text in its column's type, its digits as they are. An absent one is left out. A type may be one that a
 * contract demands: then text becomes what a load job of BigQuery makes of it (`007` a number, `yes` a BOOL, a time without offset UTC),
 * and text that is none of these stays text, which its judge refuses.
 */
export function jsonOf(
  texts: readonly (string | undefined)[],
  columns: readonly string[],
  types: readonly (ColumnType | undefined)[],
): Buffer {
  let json = ''
  for (const [at, column] of columns.entries()) {
    const text = texts[at]
    if (text === undefined) continue
    json += `${json === '' ? '{' : ','}${JSON.stringify(column)}:${valueOf(text, types[at])}`
  }
  return Buffer.from(json === '' ? '{}' : `${json}}`)
}

const TRUE = /^(?:true|t|yes|y|1)$/i
const FALSE = /^(?:false|f|no|n|0)$/i
const LOOSE_NUMBER = /^([+-]?)0*([0-9]+)(\.[0-9]*)?((?:[eE][+-]?[0-9]+)?)$/
const NO_OFFSET = /^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?)$/

function valueOf(text: string, type: ColumnType | undefined): string {
  switch (type) {
    case 'BOOL':
      return TRUE.test(text) ? 'true' : FALSE.test(text) ? 'false' : JSON.stringify(text)
    case 'INT64':
    case 'FLOAT64':
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return NUMBER.test(text) ? text : (looseNumber(text.trim()) ?? JSON.stringify(text))
    case 'TIMESTAMP': {
      const [, day, time] = NO_OFFSET.exec(text) ?? []
      return JSON.stringify(time === undefined ? text : `${day}T${time}Z`)
    }
    default:
      return JSON.stringify(text)
  }
}

function looseNumber(text: string): string | undefined {
  const [, sign, whole, fraction = '', exponent = ''] = LOOSE_NUMBER.exec(text) ?? []
  if (whole === undefined) return undefined
  const digits = fraction === '.' ? '' : fraction
  return `${sign === '-' ? '-' : ''}${whole}${digits}${exponent}`
}
