import { textType } from './infer-column.ts'
import { isArray, isObject, type JsonObject, type JsonValue } from '../json/json-text.ts'
import { saysNothing } from '../json/content.ts'
import { fitsBigNumeric, fitsFloat64, fitsInt64, fitsNumeric, numberType } from '../types/number-types.ts'

/**
 * Short names for what values ask for: equal for values that every column takes or refuses alike. An array or an object is looked at
 * once, and is a number in the signature of what it stands in: all signatures of a value together take as many characters as its JSON,
 * however deep it is. Made for one value: it keeps all that it has named.
 */
export class Signatures {
  readonly #named = new Map<object, string>()
  readonly #names = new Map<string, string>()

  of(value: JsonValue): string {
    if (value === null) return '0'
    if (typeof value === 'boolean') return 'b'
    if (typeof value === 'string') return `"${textType(value)}`
    if (!isArray(value) && !isObject(value)) return ofNumber(value)
    if (saysNothing(value)) return isArray(value) ? '[' : '{'
    let name = this.#named.get(value)
    if (name === undefined) {
      name = this.#nameOf(isArray(value) ? value.map((each) => this.of(each)).join() : this.#ofFields(value))
      this.#named.set(value, name)
    }
    return name
  }

  /** Begins as no array's text does. */
  #ofFields(object: JsonObject): string {
    return `{${Object.keys(object)
      .map((key) => `${JSON.stringify(key)}:${this.of(object[key]!)}`)
      .join()}`
  }

  #nameOf(text: string): string {
    let name = this.#names.get(text)
    if (name === undefined) {
      name = `#${this.#names.size}`
      this.#names.set(text, name)
    }
    return name
  }
}

type JsonNumber = Parameters<typeof numberType>[0]

function ofNumber(value: JsonNumber): string {
  // every column of numbers takes these
  return Number.isSafeInteger(value) ? SAFE_INTEGER : ofAnyNumber(value)
}

function ofAnyNumber(value: JsonNumber): string {
  const decimals = [fitsInt64(value), fitsNumeric(value), fitsBigNumeric(value)]
  const fits = [typeof value === 'number', fitsFloat64(value), ...decimals]
  return `${numberType(value)}${fits.map(Number).join('')}`
}

const SAFE_INTEGER = ofAnyNumber(0)
