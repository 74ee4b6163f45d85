import { decimalOfFloat, decimalOfText, fixed, general, scientific, type Half } from './decimal.ts'
import { prettyJson, shownLiteral, shownText } from './shown-value.ts'

const SPECIFIER = /%([-+ #0']*)(\*|\d*)(?:\.(\*|\d*))?(.)?/gsu

/** How a value is shown: `%[flags][width][.precision]letter`. */
interface Format {
  readonly flags: string
  readonly precision: number | undefined
  readonly letter: string
}

/** Places of a double that is not zero (string functions, FORMAT: precision). */
const MOST_PLACES = 1074

/**
 * FORMAT(): the values come as their texts. @param kinds their types
 * @throws Error for a specifier that does not fit its value, or is not supported
 */
export function formatText(
  format: string,
  kinds: readonly string[],
  texts: readonly (string | null)[],
): string | null {
  let next = 0
  let isNull = false
  const take = () => {
    if (next >= texts.length) throw new Error(`Too few arguments to FORMAT for pattern "${format}"`)
    return { kind: kinds[next]!, text: texts[next++]! as string | null }
  }
  /** A number that is written there, or an argument. */
  const sizeOf = (written: string | undefined): number | undefined => {
    if (written !== '*') return written === undefined ? undefined : Number(written)
    const { kind, text } = take()
    if (kind !== 'INT64' && kind !== 'NULL')
      throw new Error(`Invalid type for argument to FORMAT; Expected integer; Got ${kind}`)
    if (text === null) isNull = true
    return Number(text)
  }
  const made = format.replaceAll(
    SPECIFIER,
    (whole, flags: string, width: string, precision?: string, letter?: string) => {
      if (letter === undefined || (letter === '%' && whole !== '%%'))
        throw new Error(`Invalid FORMAT string: "${format}"`)
      if (letter === '%') return '%'
      const size = sizeOf(width)!
      const places = sizeOf(precision)
      const { kind, text } = take()
      // a negative size is one of a text to the left, a negative precision is none
      const own = {
        flags: size < 0 ? `-${flags}` : flags,
        precision: places !== undefined && places >= 0 ? places : undefined,
        letter,
      }
      if (text === null && !'tT'.includes(letter)) {
        if (kind !== 'NULL') checkKind(letter, kind)
        isNull = true
        return ''
      }
      return shown(own, Math.abs(size), kind, text)
    },
  )
  if (next < texts.length) throw new Error(`Too many arguments to FORMAT for pattern "${format}"`)
  return isNull ? null : made
}

/** Types of which each letter shows a value; t and T show any. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  d: ['INT64'],
  f: ['FLOAT64', 'NUMERIC'],
  s: ['STRING'],
  p: ['JSON'],
}
const LIKE: Readonly<Record<string, string>> = {
  i: 'd',
  x: 'd',
  X: 'd',
  o: 'd',
  F: 'f',
  e: 'f',
  E: 'f',
  g: 'f',
  G: 'f',
  P: 'p',
}

function checkKind(letter: string, kind: string): void {
  if ('tT'.includes(letter)) return
  const kinds = KINDS[LIKE[letter] ?? letter]
  if (!kinds) throw new Error(`Invalid format specifier character "${letter}" in FORMAT string`)
  if (!kinds.includes(kind))
    throw new Error(`Invalid type for argument to FORMAT; Expected ${kinds.join(' or ')}; Got ${kind}`)
}

function shown(format: Format, size: number, kind: string, text: string | null): string {
  const { letter } = format
  checkKind(letter, kind)
  const ofText = (value: string) => {
    const letters = Array.from(value)
    return padded('', letters.slice(0, format.precision ?? letters.length).join(''), format, size, false)
  }
  switch (letter) {
    case 'd':
    case 'i':
    case 'x':
    case 'X':
    case 'o':
      return integer(BigInt(text!), format, size)
    case 'f':
    case 'F':
    case 'e':
    case 'E':
    case 'g':
    case 'G':
      return number(text!, kind === 'NUMERIC' ? 'away' : 'even', format, size)
    case 's':
      return ofText(text!)
    case 't':
      return ofText(text === null ? 'NULL' : shownText(kind, text))
    case 'T':
      return ofText(text === null ? 'NULL' : shownLiteral(kind, text))
    default:
      return ofText(letter === 'p' ? text! : prettyJson(text!))
  }
}

/** How the digits of a base are grouped, and what `#` writes before them. */
const BASES: Readonly<
  Record<
    string,
    { readonly base: number; readonly size: number; readonly by: string; readonly prefix: string }
  >
> = {
  d: { base: 10, size: 3, by: ',', prefix: '' },
  i: { base: 10, size: 3, by: ',', prefix: '' },
  o: { base: 8, size: 4, by: ',', prefix: '0' },
  x: { base: 16, size: 4, by: ':', prefix: '0x' },
  X: { base: 16, size: 4, by: ':', prefix: '0X' },
}

function integer(value: bigint, format: Format, size: number): string {
  const { flags, precision, letter } = format
  const { base, size: group, by, prefix } = BASES[letter]!
  const plain = (value < 0n ? -value : value).toString(base)
  const least = value === 0n && precision === 0 && base === 10 ? '' : plain
  const digits = (letter === 'X' ? least.toUpperCase() : least).padStart(precision ?? 0, '0')
  const isPrefixed = flags.includes('#') && !(letter === 'o' && digits.length > plain.length)
  const grouped = flags.includes("'") ? inGroups(digits, group, by) : digits
  // digits of a precision are zeros enough
  const takesZeros = precision === undefined || base !== 10
  return padded(signOf(value < 0n, flags) + (isPrefixed ? prefix : ''), grouped, format, size, takesZeros)
}

function number(text: string, half: Half, format: Format, size: number): string {
  const { flags, letter, precision = 6 } = format
  const lower = letter.toLowerCase()
  const isUpper = letter !== lower
  const inCase = (made: string) => (isUpper ? made.toUpperCase() : made.toLowerCase())
  if (/inf|nan/i.test(text)) {
    const sign = signOf(text.startsWith('-'), flags)
    return padded(sign, inCase(text.replace('-', '').replace('Infinity', 'inf')), format, size, false)
  }
  if (precision > MOST_PLACES && lower !== 'g') throw new Error('Precision value is too big')
  const decimal = half === 'away' ? decimalOfText(text) : decimalOfFloat(Number(text))
  const keeps = flags.includes('#')
  const made =
    lower === 'f'
      ? fixed(decimal, precision, half)
      : lower === 'e'
        ? scientific(decimal, precision, half)
        : general(decimal, Math.min(precision || 1, MOST_PLACES), half, keeps)
  const pointed = keeps && !made.includes('.') ? made.replace(/^\d+/, '$&.') : made
  const digits = flags.includes("'") ? pointed.replace(/^\d+/, (whole) => inGroups(whole, 3, ',')) : pointed
  const isNegative = text.startsWith('-') && decimal.digits > 0n
  return padded(signOf(isNegative, flags), inCase(digits), format, size, true)
}

const signOf = (isNegative: boolean, flags: string): string =>
  isNegative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''

const inGroups = (digits: string, size: number, by: string): string =>
  digits.replace(new RegExp(String.raw`\B(?=(?:\w{${size}})+$)`, 'g'), by)

/** @param before what stands before the zeros that fill it up @param size characters that it has at least */
function padded(before: string, text: string, { flags }: Format, size: number, takesZeros: boolean): string {
  const missing = Math.max(0, size - Array.from(before + text).length)
  if (flags.includes('-')) return before + text + ' '.repeat(missing)
  return takesZeros && flags.includes('0')
    ? before + '0'.repeat(missing) + text
    : ' '.repeat(missing) + before + text
}
