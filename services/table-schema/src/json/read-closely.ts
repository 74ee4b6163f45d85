import { pointer, type JsonValue } from './json-text.ts'
import { endOfText } from './nesting.ts'
import { numberOfText } from './number-of-text.ts'

const ESCAPE = '\\'
const QUOTE = 34
const COMMA = 44
const COLON = 58
const SPACE = 32
const CLOSE_ARRAY = 93
const CLOSE_OBJECT = 125
const PLUS = 43
const SLASH = 47
const NINE = 57
const SMALL_E = 101

export interface ReadClosely {
  readonly value: JsonValue
  /** The path of the first key that comes twice in its object. */
  readonly duplicate: string | undefined
}

/**
 * Reads JSON text token by token, which JSON.parse has found to be JSON: several times slower, for what JSON.parse gets wrong (see
 * `parseJson`) or does not tell. Of a key that comes twice it keeps the last value, as JSON.parse does.
 */
export function readClosely(text: string): ReadClosely {
  const reader = new CloseReader(text)
  const value = reader.read()
  return { value, duplicate: reader.duplicate }
}

class CloseReader {
  readonly #text: string
  #at = 0
  /** To the value that is read. */
  readonly #steps: (string | number)[] = []
  duplicate: string | undefined

  constructor(text: string) {
    this.#text = text
  }

  read(): JsonValue {
    this.#skipTo()
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object()
      case '[':
        return this.#array()
      case '"':
        return this.#string()
      case 't':
        return this.#word('true', true)
      case 'f':
        return this.#word('false', false)
      case 'n':
        return this.#word('null', null)
      default:
        return this.#number()
    }
  }

  #object(): JsonValue {
    const entries = new Map<string, JsonValue>()
    this.#at++
    while (this.#next() !== CLOSE_OBJECT) {
      const key = this.#string()
      this.#steps.push(key)
      if (entries.has(key)) this.duplicate ??= this.#steps.reduce<string>(pointer, '')
      this.#skipTo(COLON)
      entries.set(key, this.read())
      this.#steps.pop()
    }
    this.#at++
    return Object.fromEntries(entries)
  }

  #array(): JsonValue {
    const elements: JsonValue[] = []
    this.#at++
    while (this.#next() !== CLOSE_ARRAY) {
      this.#steps.push(elements.length)
      elements.push(this.read())
      this.#steps.pop()
    }
    this.#at++
    return elements
  }

  /** What comes next inside of an array or an object. */
  #next(): number {
    this.#skipTo(COMMA)
    return this.#text.charCodeAt(this.#at)
  }

  /** Skips white space, and the sign if it is there. */
  #skipTo(sign: number = SPACE): void {
    for (; ; this.#at++) {
      const code = this.#text.charCodeAt(this.#at)
      if (!(code <= SPACE || code === sign)) return
    }
  }

  /** A text alone is no key: JSON.parse reads it right. */
  #string(): string {
    const start = this.#at
    if (this.#text.charCodeAt(start) !== QUOTE) throw new TypeError('the text is no JSON')
    this.#at = endOfText(this.#text, start + 1) + 1
    const inside = this.#text.slice(start + 1, this.#at - 1)
    return inside.includes(ESCAPE) ? (JSON.parse(`"${inside}"`) as string) : inside
  }

  #word<T>(word: string, value: T): T {
    this.#at += word.length
    return value
  }

  #number(): JsonValue {
    const start = this.#at
    while (isOfNumber(this.#text.charCodeAt(this.#at))) this.#at++
    if (this.#at === start) throw new TypeError('the text is no JSON')
    return numberOfText(this.#text.slice(start, this.#at))
  }
}

/** Whether a character can stand in a number: a digit, a sign, a point or an E. */
function isOfNumber(code: number): boolean {
  return (code >= PLUS && code <= NINE && code !== COMMA && code !== SLASH) || (code | SPACE) === SMALL_E
}
