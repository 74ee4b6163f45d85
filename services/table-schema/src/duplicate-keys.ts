import { endOfText } from './nesting.ts'
import { isArray, isObject, pointer, type JsonValue } from './json-text.ts'

const QUOTE = 34
const COLON = 58
const SPACE = 32
const BACKSLASH = 92
const COMMA = 44
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125
const OPEN_ARRAY = 91
const CLOSE_ARRAY = 93

/**
 * The path of the first key that comes twice in its object; undefined where none does. JSON.parse keeps the last value and SQL
 * the first: who reads such an event guesses. Costs a look at every other byte and at every key of what was parsed.
 *
 * @param bytes the text in UTF-8
 * @param value what the text was parsed to
 */
export function duplicateKey(text: string, bytes: Uint8Array, value: JsonValue): string | undefined {
  // what looks like a key inside of a text counts too: then the numbers differ, and the text is read closely
  return keysIn(bytes) === keysOf(value) ? undefined : findDuplicate(text)
}

/** How many colons stand behind a quotation mark, or behind white space. In JSON, no key is without. */
function keysIn(bytes: Uint8Array): number {
  const { length } = bytes
  let count = 0
  for (let at = 1; at < length; at += 2) {
    const byte = bytes[at]!
    if (byte === COLON) {
      const before = bytes[at - 1]!
      if (before === QUOTE ? !isEscaped(bytes, at - 1) : before <= SPACE) count++
    } else if (byte === QUOTE) {
      if (bytes[at + 1] === COLON && !isEscaped(bytes, at)) count++
    } else if (byte <= SPACE && bytes[at + 1] === COLON) count++
  }
  return count
}

/** JSON inside of a text is full of `\\":`. */
function isEscaped(bytes: Uint8Array, quote: number): boolean {
  let at = quote
  while (bytes[at - 1] === BACKSLASH) at--
  return (quote - at) % 2 === 1
}

function keysOf(value: JsonValue): number {
  let count = 0
  if (isArray(value)) {
    for (const element of value) if (typeof element === 'object' && element !== null) count += keysOf(element)
    return count
  }
  if (!isObject(value)) return 0
  for (const key in value) {
    count++
    const inside = value[key]!
    if (typeof inside === 'object' && inside !== null) count += keysOf(inside)
  }
  return count
}

/** An array or an object that is open. */
interface Level {
  readonly path: string
  /** The keys that an object has so far; undefined for an array. */
  readonly keys: Set<string> | undefined
  /** Of the value that is next. */
  step: string | number
}

function findDuplicate(text: string): string | undefined {
  const open: Level[] = []
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const level = open.at(-1)
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      const path = level ? pointer(level.path, level.step) : ''
      open.push(
        code === OPEN_OBJECT ? { path, keys: new Set(), step: '' } : { path, keys: undefined, step: 0 },
      )
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) open.pop()
    else if (code === COMMA && typeof level?.step === 'number') level.step++
    else if (code === QUOTE) {
      const start = at
      at = endOfText(text, at + 1)
      if (!level?.keys || !isKey(text, at + 1)) continue
      const key = JSON.parse(text.slice(start, at + 1)) as string
      if (level.keys.has(key)) return pointer(level.path, key)
      level.keys.add(key)
      level.step = key
    }
  }
  return undefined
}

/** Whether a colon is what comes next. */
function isKey(text: string, start: number): boolean {
  let at = start
  while (text.charCodeAt(at) <= SPACE) at++
  return text.charCodeAt(at) === COLON
}
