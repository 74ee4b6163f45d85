import { bigNumericOf } from '../../bigquery/values/big-numeric.ts'
import { BigQueryError } from '../../bigquery/errors.ts'
import { quoteText } from '../../bigquery/values/fields.ts'
import { jsonOfText } from '../duck/json-of-text.ts'
import { plainNumber } from '../duck/parse-number.ts'
import { parseRange } from '../time/range-values.ts'
import type { Literal, TypeName } from '../tree/tree.ts'
import type { Typed } from '../typing/typed.ts'
import { scalar, typeOf } from '../typing/sql-type.ts'
import { timeLiteral } from '../typing/time-literals.ts'

const LEAST = -(2n ** 63n)
const MOST = 2n ** 63n - 1n

/** @throws BigQueryError invalidQuery for a number that INT64 does not hold */
export function literalOf(node: Literal): Typed {
  return { sql: sqlOf(node), type: scalar(node.type), literal: node }
}

function sqlOf({ type, text }: Literal): string {
  if (type === 'NULL') return 'NULL'
  if (type === 'BOOL') return text
  if (type === 'STRING') return quoteText(text)
  if (type === 'BYTES') return bytes(text)
  if (type === 'FLOAT64' && !Number.isFinite(Number(text)))
    throw new BigQueryError('invalidQuery', `Invalid floating point literal: ${text}`)
  if (type === 'FLOAT64') return `CAST(${quoteText(text)} AS DOUBLE)`
  const value = text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text)
  if (value < LEAST || value > MOST)
    throw new BigQueryError('invalidQuery', `Invalid integer literal: ${text}`)
  return value === LEAST ? `CAST('${value}' AS BIGINT)` : `CAST(${value} AS BIGINT)`
}

function bytes(text: string): string {
  const buffers = Array.from(text, (character) => {
    const code = character.codePointAt(0)!
    return code < 256 ? Buffer.from([code]) : Buffer.from(character)
  })
  return `unhex('${Buffer.concat(buffers).toString('hex')}')`
}

/** `DATE '…'`, `NUMERIC '…'`, `JSON '…'` */
export function typedLiteral(type: string, text: string): Typed {
  const kind = { DECIMAL: 'NUMERIC', BIGDECIMAL: 'BIGNUMERIC' }[type] ?? type
  const typed = (sql: string): Typed => ({ sql, type: scalar(kind) })
  if (kind === 'JSON') return typed(`CAST(${quoteText(jsonLiteral(text))} AS JSON)`)
  if (kind === 'BIGNUMERIC') {
    const shortest = allDigits(kind, text)
      .replace(/(\.\d*?)0+$/, '$1')
      .replace(/\.$/, '')
    return typed(bigNumericOf(quoteText(shortest)))
  }
  if (kind !== 'NUMERIC') return typed(timeLiteral(kind, text))
  const digits = allDigits('NUMERIC', text)
  if (!/^-?0*\d{1,29}(\.\d{0,9}0*)?$/.test(digits))
    throw new BigQueryError('invalidQuery', `Invalid NUMERIC literal: "${text}"`)
  return typed(`CAST(${quoteText(digits.replace(/(\.\d{9})0*$/, '$1'))} AS DECIMAL(38,9))`)
}

/** `RANGE<DATE> '[…, …)'` @throws BigQueryError invalidQuery */
export function rangeLiteral(element: TypeName, text: string): Typed {
  const type = typeOf({ name: 'RANGE', element })
  try {
    return { sql: quoteText(parseRange(type.element!.kind, text, true)), type }
  } catch (error) {
    throw new BigQueryError('invalidQuery', (error as Error).message, { cause: error })
  }
}

/** More digits behind the point than any number has, so that one that has too many is refused: a literal is not rounded. */
const ALL_DIGITS = 2000

function allDigits(kind: string, text: string): string {
  try {
    return plainNumber(kind, text, ALL_DIGITS, false)
  } catch (error) {
    throw new BigQueryError('invalidQuery', `Invalid ${kind} literal: "${text}"`, { cause: error })
  }
}

function jsonLiteral(text: string): string {
  try {
    return jsonOfText(text)
  } catch (error) {
    throw new BigQueryError('invalidQuery', `Invalid JSON literal: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
