import { prettyJson, shownLiteral, shownText } from './shown-value.ts'
import { textOfFloat } from './text-of-float.ts'

const SPECIFIER = /%([-+ #0']*)(\*|\d+)?(?:\.(\*|\d+))?([a-zA-Z%])/g

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
  const made = format.replaceAll(
    SPECIFIER,
    (_, flags: string, width?: string, precision?: string, letter?: string) => {
      if (letter === '%') return '%'
      const size = width === '*' ? Number(take().text) : Number(width ?? 0)
      const digits =
        precision === '*' ? Number(take().text) : precision === undefined ? undefined : Number(precision)
      const { kind, text } = take()
      if (text === null) {
        if ('tTpP'.includes(letter!)) return padded('NULL', flags, size)
        isNull = true
        return ''
      }
      return padded(one(letter!, kind, text, flags, digits), flags, size)
    },
  )
  if (next < texts.length) throw new Error(`Too many arguments to FORMAT for pattern "${format}"`)
  return isNull ? null : made
}

function one(letter: string, kind: string, text: string, flags: string, digits: number | undefined): string {
  const wrong = () =>
    new Error(`Invalid type for argument to FORMAT; Expected another than ${kind} for %${letter}`)
  switch (letter) {
    case 'd':
    case 'i':
      if (kind !== 'INT64') throw wrong()
      return signed(text.padStart(digits ?? 0, '0'), flags)
    case 'x':
    case 'X':
    case 'o': {
      if (kind !== 'INT64') throw wrong()
      const shown = BigInt(text).toString(letter === 'o' ? 8 : 16)
      return letter === 'X' ? shown.toUpperCase() : shown
    }
    case 'f':
    case 'F':
    case 'e':
    case 'E':
    case 'g':
    case 'G':
      if (!['FLOAT64', 'NUMERIC'].includes(kind)) throw wrong()
      return signed(float(letter, Number(text), digits ?? 6), flags)
    case 's':
      if (kind !== 'STRING') throw wrong()
      return digits === undefined ? text : Array.from(text).slice(0, digits).join('')
    case 't':
      return shownText(kind, text)
    case 'T':
      return shownLiteral(kind, text)
    case 'p':
    case 'P':
      if (kind !== 'JSON') throw wrong()
      return letter === 'p' ? text : prettyJson(text)
    default:
      throw new Error(`Invalid format specifier character "${letter}" in FORMAT string`)
  }
}

function float(letter: string, value: number, digits: number): string {
  if (!Number.isFinite(value)) return textOfFloat(value)
  if (letter === 'f' || letter === 'F') return value.toFixed(Math.min(100, digits))
  const exponent = (text: string) => text.replace(/e([+-])(\d)$/, 'e$10$2')
  if (letter === 'e') return exponent(value.toExponential(digits))
  if (letter === 'E') return exponent(value.toExponential(digits)).toUpperCase()
  const short = exponent(general(value, digits || 1))
  return letter === 'G' ? short.toUpperCase() : short
}

/** The shorter of a number with an exponent and without, zeros at its end left out. */
function general(value: number, digits: number): string {
  const scientific = value.toExponential(digits - 1)
  const power = Number(scientific.split('e')[1])
  if (power < -4 || power >= digits) return scientific.replace(/\.?0+e/, 'e')
  const fixed = value.toFixed(digits - 1 - power)
  return fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed
}

function signed(text: string, flags: string): string {
  const [whole, rest] = [text.replace(/\..*/, ''), /\..*/.exec(text)?.[0] ?? '']
  const grouped = flags.includes("'") ? whole.replace(/\B(?=(\d{3})+$)/g, ',') + rest : text
  if (grouped.startsWith('-')) return grouped
  return flags.includes('+') ? `+${grouped}` : flags.includes(' ') ? ` ${grouped}` : grouped
}

function padded(text: string, flags: string, size: number): string {
  if (flags.includes('-')) return text.padEnd(size)
  if (!flags.includes('0')) return text.padStart(size)
  const [, sign, rest] = /^([-+ ]?)(.*)$/s.exec(text)!
  return sign + rest!.padStart(size - sign!.length, '0')
}
