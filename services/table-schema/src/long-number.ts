import { isJsonNumber, isSameNumber } from './decimal.ts'

const LONG_RUN = /[0-9][0-9.]{15,}/g
// beyond what a double reaches, or below it: exponents of three digits
const LONG_EXPONENT = /[0-9][eE][+-]?[0-9]{3}/
const EXPONENT = /[eE][+-]?[0-9]+/y
const SIXTEEN = 16

/**
 * Whether a JSON text may hold a number whose digits a double does not give back. It takes 16 digits, or an exponent of three.
 * True for some texts that hold none (long digits inside of strings): that costs time, and never a value.
 *
 * @param bytes the text in UTF-8, where it is at hand: long numbers are found faster in it
 */
export function mayLoseDigits(text: string, bytes?: Uint8Array): boolean {
  if (LONG_EXPONENT.test(text)) return true
  return bytes ? bytesMayLoseDigits(bytes) : textMayLoseDigits(text)
}

function textMayLoseDigits(text: string): boolean {
  if (text.search(LONG_RUN) < 0) return false
  for (const { 0: run, index } of text.matchAll(LONG_RUN)) {
    EXPONENT.lastIndex = index + run.length
    const exponent = EXPONENT.exec(text)?.[0] ?? ''
    if (losesDigits(run + exponent, text.charCodeAt(index - 1))) return true
  }
  return false
}

/** Only every 16th byte is looked at, and the neighbours of those that belong to a number. */
function bytesMayLoseDigits(bytes: Uint8Array): boolean {
  const { length } = bytes
  for (let at = SIXTEEN - 1; at < length; at += SIXTEEN) {
    if (!isOfNumber(bytes[at]!)) continue
    let first = at
    while (first > 0 && isOfNumber(bytes[first - 1]!)) first--
    let end = at + 1
    while (end < length && isOfNumber(bytes[end]!)) end++
    if (end - first >= SIXTEEN) {
      let behind = end
      while (behind < length && isOfExponent(bytes[behind]!)) behind++
      const text = String.fromCharCode(...bytes.subarray(first, Math.min(behind, first + LONGEST_LOOK)))
      if (losesDigits(text, bytes[first - 1])) return true
      // what follows begins behind the run
      at = end
    }
  }
  return false
}

/** A longer one is not looked at closely: it is left to the careful reader. */
const LONGEST_LOOK = 100
const QUOTE = 34

function losesDigits(text: string, before: number | undefined): boolean {
  // the beginning of a string is no number
  if (before === QUOTE) return false
  if (text.length >= LONGEST_LOOK) return true
  return isJsonNumber(text) && !isSameNumber(text, Number(text))
}

function isOfNumber(byte: number): boolean {
  return (byte > 47 && byte < 58) || byte === 46
}

function isOfExponent(byte: number): boolean {
  return isOfNumber(byte) || byte === 101 || byte === 69 || byte === 43 || byte === 45
}
