import { pointer, type JsonValue } from './json-text.ts'
import { endOfText } from './nesting.ts'
import { numberOfText } from './number-of-text.ts'

const NUMBER = /-?[0-9][0-9.eE+-]*/y
const QUOTE = 34
const COMMA = 44
const COLON = 58
const SPACE = 32
const CLOSE_ARRAY = 93
const CLOSE_OBJECT = 125

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
    return JSON.parse(this.#text.slice(start, this.#at)) as string
  }

  #word<T>(word: string, value: T): T {
    this.#at += word.length
    return value
  }

  #number(): JsonValue {
    NUMBER.lastIndex = this.#at
    const [text] = NUMBER.exec(this.#text)!
    this.#at += text.length
    return numberOfText(text)
  }
}
