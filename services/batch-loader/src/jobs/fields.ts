// Where the values of a column come from: the fields of a record that a job reads, and what it makes of them. Pure.
import { doubleOf, isRawNumber, type JsonObject, type JsonValue } from '@tablestream/table-schema'

/** A value that is none of its column's type. It stays as it is: the contract refuses it, and the dead letter shows it. */
export class Kept {
  readonly value: JsonValue

  constructor(value: JsonValue) {
    this.value = value
  }
}

/** What a column gets: its type's value, nothing, or what the record has in place of one. */
type Made<Value> = Value | undefined | Kept

export interface Field<Value> {
  /** Fields of the record that are read. All others of it keep their names. */
  readonly reads: readonly string[]
  readonly make: (record: JsonObject) => Made<Value>
}

/** The field as it is: for texts with a form of their own, as times, which the contract looks at. */
export const asIs = (name: string): Field<string> => cell(name, (found) => found)

/** A text without the spaces around it, a number as its digits. */
export const text = (name: string): Field<string> => cell(name, (found) => found.trim() || undefined)

export const lowerCase = (name: string): Field<string> =>
  cell(name, (found) => found.trim().toLowerCase() || undefined)

const NUMBER = /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/

/** A number, or a text of CSV that is one. `12,50` is none: nobody can say what its comma means. */
export function number(name: string, scale: (value: number) => number = (value) => value): Field<number> {
  return {
    reads: [name],
    make: (record) => {
      const value = present(record[name])
      if (value === undefined) return undefined
      if (typeof value === 'number') return scale(value)
      if (typeof value === 'bigint' || isRawNumber(value)) return scale(doubleOf(value))
      return typeof value === 'string' && NUMBER.test(value) ? scale(Number(value)) : new Kept(value)
    },
  }
}

/** Of an amount in hundredths: a price in cents. */
export const hundredths = (name: string): Field<number> => number(name, (cents) => cents / 100)

/** The last millisecond that a Date can hold (ECMAScript, Time Values and Time Range). */
const LAST_MILLISECOND = 8.64e15

/** Milliseconds since 1970, as RFC 3339. */
export function milliseconds(name: string): Field<string> {
  const { reads, make } = number(name)
  return {
    reads,
    make: (record) => {
      const made = make(record)
      if (typeof made !== 'number') return made
      if (!(Math.abs(made) <= LAST_MILLISECOND)) return new Kept(present(record[name])!)
      return new Date(made).toISOString()
    },
  }
}

/** Made of several texts; nothing where there is none of them. */
export function derived<const Names extends readonly string[], Value>(
  names: Names,
  make: (...texts: { [Name in keyof Names]: string | undefined }) => Value | undefined,
): Field<Value> {
  return {
    reads: names,
    make: (record) => {
      const texts = names.map((name) => textOf(record[name]))
      const kept = texts.find((each) => each instanceof Kept)
      if (kept !== undefined) return kept
      return make(...(texts as { [Name in keyof Names]: string | undefined }))
    },
  }
}

function cell(name: string, change: (found: string) => string | undefined): Field<string> {
  return {
    reads: [name],
    make: (record) => {
      const value = textOf(record[name])
      return typeof value === 'string' ? change(value) : value
    },
  }
}

function textOf(value: JsonValue | undefined): string | undefined | Kept {
  const there = present(value)
  if (there === undefined || typeof there === 'string') return there
  return typeof there === 'number' || typeof there === 'bigint' ? String(there) : new Kept(there)
}

/** An empty cell of CSV is no value, and neither is null. */
function present(value: JsonValue | undefined): Exclude<JsonValue, null> | undefined {
  return value === null || value === '' ? undefined : value
}
