import { BIGINT, LIST, VARCHAR, type DuckDBListValue, type DuckDBScalarFunction } from '@duckdb/node-api'
import type { Half } from './decimal.ts'
import { scalarFunction } from './scalar-function.ts'

/** Digits behind the point of a BIGNUMERIC. */
const PLACES = 38n
const UNIT = 10n ** PLACES
const MOST = 2n ** 255n - 1n
/** Digits before the point. */
const MOST_WHOLE = 39n

/** Arithmetic of BIGNUMERICs as their texts. */
export function bigNumericFunctions(): DuckDBScalarFunction[] {
  const textsOf = (list: unknown) => (list as DuckDBListValue).items as readonly (string | null)[]
  return [
    scalarFunction('big_arithmetic', [VARCHAR, VARCHAR, VARCHAR], VARCHAR, (operator, a, b) => {
      const [sign, otherwise] = (operator as string).split(' or ')
      return otherwise === undefined
        ? bigArithmetic(sign!, a as string, b as string)
        : bigOrNull(sign!, a as string, b as string)
    }),
    scalarFunction('round_big', [VARCHAR, BIGINT, VARCHAR], VARCHAR, (text, digits, way) =>
      roundBig(text as string, digits as bigint, way as Way),
    ),
    scalarFunction('sum_of_big', [LIST(VARCHAR)], VARCHAR, (list) => sumOfBig(textsOf(list))),
    scalarFunction('average_of_big', [LIST(VARCHAR)], VARCHAR, (list) => averageOfBig(textsOf(list))),
  ]
}

/** The number times ten to the 38th. */
function scaled(text: string): bigint {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)!
  const size = BigInt(whole! + fraction.padEnd(Number(PLACES), '0'))
  return sign === '-' ? -size : size
}

/** @param what is told where it is too large @throws Error */
function shown(value: bigint, what: string): string {
  const size = value < 0n ? -value : value
  if (size > MOST) throw new Error(`BIGNUMERIC overflow: ${what}`)
  const digits = size.toString().padStart(Number(PLACES) + 1, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -Number(PLACES))}.${digits.slice(-Number(PLACES))}`
}

/** Half away from zero. */
function divided(value: bigint, by: bigint): bigint {
  const [size, divisor] = [value < 0n ? -value : value, by < 0n ? -by : by]
  const quotient = (size + divisor / 2n) / divisor
  return value < 0n !== by < 0n ? -quotient : quotient
}

/** @throws Error for a division by zero, and what is too large */
function bigArithmetic(operator: string, a: string, b: string): string {
  const [x, y] = [scaled(a), scaled(b)]
  const isDivision = operator === '/' || operator === 'DIV' || operator === 'MOD'
  if (isDivision && y === 0n) throw new Error(`division by zero: ${a} ${operator} ${b}`)
  const made: Readonly<Record<string, () => bigint>> = {
    '+': () => x + y,
    '-': () => x - y,
    '*': () => divided(x * y, UNIT),
    '/': () => divided(x * UNIT, y),
    DIV: () => (x / y) * UNIT,
    MOD: () => x % y,
  }
  return shown(made[operator]!(), `${a} ${operator} ${b}`)
}

/** NULL where it cannot be reckoned. */
function bigOrNull(operator: string, a: string, b: string): string | null {
  try {
    return bigArithmetic(operator, a, b)
  } catch {
    return null
  }
}

/** Which way a number goes that lies between two. */
type Way = Half | 'up' | 'down'

/** To so many digits behind the point, or before it. @throws Error for one that is too large then */
function roundBig(text: string, digits: bigint, way: Way): string {
  if (digits >= PLACES) return text
  if (digits < -MOST_WHOLE) return '0'
  const by = 10n ** (PLACES - digits)
  const value = scaled(text)
  const [whole, rest] = [value / by, value % by]
  const sign = rest < 0n ? -1n : 1n
  const twice = rest * sign * 2n
  const isMore: Readonly<Record<Way, boolean>> = {
    away: twice >= by,
    even: twice > by || (twice === by && whole % 2n !== 0n),
    never: false,
    up: rest > 0n,
    down: rest < 0n,
  }
  return shown((isMore[way] ? whole + sign : whole) * by, `ROUND(${text}, ${digits})`)
}

/** NULL where nothing but NULLs is there. */
function sumOfBig(texts: readonly (string | null)[]): string | null {
  const numbers = texts.filter((text) => text !== null)
  if (numbers.length === 0) return null
  return shown(total(numbers), 'SUM')
}

function averageOfBig(texts: readonly (string | null)[]): string | null {
  const numbers = texts.filter((text) => text !== null)
  if (numbers.length === 0) return null
  return shown(divided(total(numbers), BigInt(numbers.length)), 'AVG')
}

const total = (numbers: readonly string[]): bigint =>
  numbers.reduce((sum, number) => sum + scaled(number), 0n)
