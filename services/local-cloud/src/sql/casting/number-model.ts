/** What a format string of numbers says (format elements: format numeric type as string). */
export interface NumberModel {
  readonly kind: 'DECIMAL' | 'HEXADECIMAL' | 'ROMAN'
  /** Digits, separators and what is between them, in their order: 0 9 X x , . V E e. */
  readonly elements: readonly string[]
  /** Where the whole part ends in them. */
  readonly point: number
  readonly currency: string
  readonly sign: 'S' | 'MI' | 'PR' | ''
  readonly isSignFirst: boolean
  /** B: blanks for what is below 1. */
  readonly isBlank: boolean
  /** FM: without spaces, and zeros at the end. */
  readonly isCompact: boolean
  readonly isLower: boolean
}

const PART = /^(?:FM|MI|PR|RN|EEEE|[$09X.,DGSBVCL])/i
/** The same element. */
const SAME: Readonly<Record<string, string>> = { D: '.', G: ',', L: '$' }
const SIGNS = ['S', 'MI', 'PR']

const wrong = (what: string): Error => new Error(`Error in format string: ${what}`)

/** @throws Error for a format string that is none */
export function numberModel(format: string): NumberModel {
  const parts = partsOf(format)
  const upper = parts.map((part) => SAME[part.toUpperCase()] ?? part.toUpperCase())
  const count = (...names: readonly string[]): number => upper.filter((part) => names.includes(part)).length
  for (const names of [['FM'], ['B'], ['$', 'C'], SIGNS, ['.', 'V'], ['EEEE']])
    if (count(...names) > 1) throw wrong(`there can be at most one of ${names.join(', ')}`)
  // these may stand anywhere
  const free = ['FM', 'B', '$', 'C']
  const order = parts
    .map((part, index) => ({ part, name: upper[index]! }))
    .filter(({ name }) => !free.includes(name))
  const signAt = order.findIndex(({ name }) => SIGNS.includes(name))
  const sign = (order[signAt]?.name ?? '') as NumberModel['sign']
  if (signAt > 0 && signAt < order.length - 1)
    throw wrong(`${sign} can only stand before or behind all digits`)
  if (signAt === 0 && sign !== 'S') throw wrong(`'${sign}' can only appear after all digits and 'EEEE'`)
  const own = order.filter((_, index) => index !== signAt)
  const currency = parts[upper.findIndex((part) => part === '$' || part === 'C')] ?? ''
  const rest = {
    currency: /^c$/i.test(currency) ? (currency === 'C' ? 'USD' : 'usd') : currency === '' ? '' : '$',
    sign,
    isSignFirst: signAt === 0,
    isBlank: count('B') > 0,
    isCompact: count('FM') > 0,
  }
  if (count('RN') > 0) return romanOf(parts, rest)
  if (count('X') > 0) return hexadecimalOf(own, rest)
  return decimalOf(own, rest)
}

type Rest = Pick<NumberModel, 'currency' | 'sign' | 'isSignFirst' | 'isBlank' | 'isCompact'>
type Parts = readonly { readonly part: string; readonly name: string }[]

function partsOf(format: string): string[] {
  const parts: string[] = []
  for (let rest = format; rest !== ''; rest = rest.slice(parts.at(-1)!.length)) {
    const found = PART.exec(rest)
    if (!found) throw wrong(`Invalid format element '${rest[0]}'`)
    parts.push(found[0])
  }
  return parts
}

function romanOf(parts: readonly string[], rest: Rest): NumberModel {
  const others = parts.filter((part) => !/^(RN|FM)$/i.test(part))
  if (others.length > 0 || parts.filter((part) => /^RN$/i.test(part)).length > 1)
    throw wrong(`'RN' cannot appear together with '${others[0] ?? 'RN'}'`)
  return {
    kind: 'ROMAN',
    elements: [],
    point: 0,
    isLower: parts.some((part) => part.startsWith('r')),
    ...rest,
  }
}

function hexadecimalOf(own: Parts, rest: Rest): NumberModel {
  const other = own.find(({ name }) => name !== 'X' && name !== '0')
  if (other || rest.currency !== '' || rest.isBlank)
    throw wrong(`'X' cannot appear together with '${other?.part ?? (rest.isBlank ? 'B' : '$')}'`)
  if (own.length > 16) throw wrong("Max number of 'X' is 16")
  const elements = own.map(({ part }) => part)
  return { kind: 'HEXADECIMAL', elements, point: own.length, isLower: false, ...rest }
}

function decimalOf(own: Parts, rest: Rest): NumberModel {
  const names = own.map(({ name }) => name)
  if (!names.some((name) => name === '0' || name === '9'))
    throw wrong("Format string must contain at least one of 'X', '0' or '9'")
  if (names[0] === ',') throw wrong("Unexpected ','")
  const exponent = names.indexOf('EEEE')
  if (exponent >= 0 && names.includes(',')) throw wrong("',' or 'G' cannot appear together with 'EEEE'")
  if (exponent >= 0 && exponent !== names.length - 1)
    throw wrong(`'${names[exponent + 1]}' cannot appear after 'EEEE'`)
  const dot = names.findIndex((name) => name === '.' || name === 'V')
  if (dot >= 0 && names.lastIndexOf(',') > dot) throw wrong("',' or 'G' cannot appear after '.', 'D' or 'V'")
  if (names[dot] === 'V' && exponent >= 0) throw wrong("'V' cannot appear together with 'EEEE'")
  const point = dot >= 0 ? dot : exponent >= 0 ? exponent : names.length
  const elements = own.map(({ part, name }) => (name === 'EEEE' ? part[0]! : name))
  // of several digits before a power of ten one is written
  const left = exponent >= 0 && point > 1 ? point - 1 : 0
  return { kind: 'DECIMAL', elements: elements.slice(left), point: point - left, isLower: false, ...rest }
}
