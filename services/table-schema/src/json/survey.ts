import { isJsonNumber, isSameNumber } from './decimal.ts'

const ASCII_END = 128
const QUOTE = 34
const PLUS = 43
const COMMA = 44
const ZERO = 48
const NINE = 57
const COLON = 58
const BACKSLASH = 92
const SMALL_E = 101
/** The brackets of arrays and of objects differ in this bit from each other: `[ {` and `] }`. */
const BRACKET_BIT = 32
const OPEN = 123
const CLOSE = 125

/** A double gives back whatever has fewer digits. */
const SIXTEEN = 16
/** A longer number is not looked at closely: it is left to the careful reader. */
const LONGEST_LOOK = 100

/** What JSON text would become, before it does. Of text that is no JSON it says something, and nobody knows what. */
export interface Survey {
  /** Whether all bytes are ASCII: then they are UTF-8. */
  readonly isAscii: boolean
  /** Levels of arrays and objects. */
  readonly levels: number
  /** Elements of the outermost array, or fields of the outermost object; one where there is none. */
  readonly elements: number
  /** Arrays, objects, and what stands in them: about what parsing makes. */
  readonly values: number
  /** Keys of all objects, each as often as it comes. */
  readonly keys: number
  /** Whether a key has an escape in it. */
  readonly hasEscapedKey: boolean
  /** Whether there is a number whose digits a double does not give back. */
  readonly losesDigits: boolean
}

/**
 * All that has to be known of JSON text before it is parsed, by one look at each byte and no recursion: it can be asked of any bytes
 * before anything else is. What parses, walks and prints JSON recurs, and three bytes (`{},`) can become an object of 64.
 *
 * @param bytes the text in UTF-8
 */
export function survey(bytes: Uint8Array): Survey {
  const { length } = bytes
  let all = 0
  let depth = 0
  let levels = 0
  let elements = 1
  let values = 1
  let keys = 0
  let isEscaped = false
  let hasEscapedKey = false
  let losesDigits = false
  for (let at = 0; at < length;) {
    const byte = bytes[at++]!
    all |= byte
    if (byte === QUOTE) {
      isEscaped = false
      while (at < length) {
        const inside = bytes[at++]!
        all |= inside
        if (inside === QUOTE) break
        if (inside !== BACKSLASH) continue
        isEscaped = true
        all |= bytes[at++]!
      }
    } else if (byte === COLON) {
      keys++
      // what stands before a colon is a key
      if (isEscaped) hasEscapedKey = true
    } else if (byte === COMMA) {
      values++
      if (depth === 1) elements++
    } else if (byte < COLON) {
      if (byte < ZERO) continue
      const first = at - 1
      let hasExponent = false
      for (; at < length; at++) {
        const next = bytes[at]!
        if (next >= ZERO && next <= NINE) continue
        // of + , - . / only a comma ends a number, and a slash stands nowhere outside of texts
        if (next < PLUS || next === COMMA) break
        if ((next | 32) === SMALL_E) hasExponent = true
        else if (next > NINE) break
      }
      if ((hasExponent || at - first >= SIXTEEN) && !losesDigits) losesDigits = doLose(bytes, first, at)
    } else if ((byte | BRACKET_BIT) === OPEN) {
      values++
      if (++depth > levels) levels = depth
    } else if ((byte | BRACKET_BIT) === CLOSE) depth--
  }
  const isAscii = all < ASCII_END
  return { isAscii, levels, elements, values, keys, hasEscapedKey, losesDigits }
}

/** Whether the digits of the number from here to there are lost in a double. */
function doLose(bytes: Uint8Array, first: number, end: number): boolean {
  if (end - first >= LONGEST_LOOK) return true
  const text = String.fromCharCode(...bytes.subarray(first, end))
  return isJsonNumber(text) && !isSameNumber(text, Number(text))
}
