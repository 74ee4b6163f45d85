import type { Expression } from '../tree/tree.ts'
import { textOf } from '../typing/casts.ts'
import { coerce, distance } from '../typing/coerce.ts'
import { spelling, STRING, type SqlType } from '../typing/sql-type.ts'
import type { Typed } from '../typing/typed.ts'
import type { Context, Scope } from './scope.ts'

type Node = Expression & { kind: 'cast' }

const NUMBERS = ['INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC']
const TIMES = ['DATE', 'DATETIME', 'TIME', 'TIMESTAMP']

/** `CAST(value AS type FORMAT format [AT TIME ZONE zone])` (conversion functions: CAST). */
export function formattedCast(context: Context, node: Node, type: SqlType, scope: Scope): Typed {
  const value = context.expression(node.of, scope)
  const text = (of: Expression, what: string): string => {
    const found = context.expression(of, scope)
    if (distance(found, STRING) !== 0)
      return context.fail(`${what} of CAST must be a STRING, and not ${spelling(found.type)}`, of.at)
    return coerce(found, STRING).sql
  }
  const format = text(node.format!, 'FORMAT')
  const zone = node.zone && text(node.zone, 'AT TIME ZONE')
  if (value.type.kind === 'NULL') return coerce(value, type)
  if (zone !== undefined && value.type.kind !== 'TIMESTAMP' && type.kind !== 'TIMESTAMP')
    return context.fail('AT TIME ZONE of CAST takes a TIMESTAMP, or makes one', node.at)
  const sql = sqlOf(value, type, format, zone ?? `'UTC'`)
  if (sql === undefined)
    return context.fail(
      `FORMAT is not allowed for cast from ${spelling(value.type)} to ${spelling(type)}`,
      node.at,
    )
  return { sql: node.safe ? `TRY(${sql})` : sql, type }
}

function sqlOf(value: Typed, { kind }: SqlType, format: string, zone: string): string | undefined {
  const from = value.type.kind
  if (kind === 'STRING') {
    if (from === 'BYTES') return `bytes_in_format(${value.sql}, ${format})`
    if (TIMES.includes(from)) return `time_in_format('${from}', ${microsOf(value)}, ${format}, ${zone})`
    const number = from === 'FLOAT64' ? from : 'NUMERIC'
    if (NUMBERS.includes(from)) return `number_in_format('${number}', ${textOf(value)}, ${format})`
  }
  if (from !== 'STRING') return undefined
  if (kind === 'BYTES') return `bytes_of_format(${value.sql}, ${format})`
  if (!TIMES.includes(kind)) return undefined
  const micros = `time_of_format('${kind}', ${value.sql}, ${format}, ${zone}, epoch_us(now()))`
  if (kind === 'TIMESTAMP') return `make_timestamptz(${micros})`
  return kind === 'DATETIME' ? `make_timestamp(${micros})` : `CAST(make_timestamp(${micros}) AS ${kind})`
}

const microsOf = ({ sql, type }: Typed): string =>
  type.kind === 'DATE' ? `epoch_us(CAST(${sql} AS TIMESTAMP))` : `epoch_us(${sql})`
