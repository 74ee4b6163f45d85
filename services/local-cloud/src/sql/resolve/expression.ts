import { fail } from '../fail.ts'
import { notImplemented } from '../../bigquery/errors.ts'
import type { Expression, Interval } from '../tree/tree.ts'
import { betweenOf, caseOf, distinctOf, inOf, isOf } from './conditions.ts'
import { likePatterns } from './like-patterns.ts'
import { literalOf, rangeLiteral, typedLiteral } from './literals.ts'
import { fieldsOf, pathOf } from './names.ts'
import { binaryOf, unaryOf } from './operators.ts'
import type { Context, Scope } from './scope.ts'
import type { Typed } from '../typing/typed.ts'
import { INT64, scalar, spelling } from '../typing/sql-type.ts'
import { arrayLiteral, castOf, extractOf, indexOf, structLiteral, subqueryOf } from './values.ts'

const BARE_CALLS = new Set(['CURRENT_DATE', 'CURRENT_TIMESTAMP', 'CURRENT_DATETIME', 'CURRENT_TIME'])
const INTERVAL_PARTS = new Set(
  'YEAR QUARTER MONTH WEEK DAY HOUR MINUTE SECOND MILLISECOND MICROSECOND'.split(' '),
)

/** DuckDB's SQL for a value, and its type. @throws BigQueryError */
export function expressionOf(context: Context, node: Expression, scope: Scope): Typed {
  switch (node.kind) {
    case 'literal':
      return literalOf(node)
    case 'typed':
      return node.element ? rangeLiteral(node.element, node.text) : typedLiteral(node.type, node.text)
    case 'parameter':
      return context.parameters.valueOf(node.name)
    case 'path': {
      const bare = node.names.length === 1 && BARE_CALLS.has(node.names[0]!.toUpperCase())
      return bare ? bareCall(context, node, scope) : pathOf(context, node, scope)
    }
    case 'field':
      return fieldsOf(context, context.expression(node.of, scope), [node.name], node.at)
    case 'index':
      return indexOf(context, node, scope)
    case 'call':
      return context.call(node, scope)
    case 'unary':
      return unaryOf(context, node, scope)
    case 'binary':
      return binaryOf(context, node, scope)
    case 'between':
      return betweenOf(context, node, scope)
    case 'in':
      return inOf(context, node, scope)
    case 'is':
      return isOf(context, node, scope)
    case 'distinct':
      return distinctOf(context, node, scope)
    case 'case':
      return caseOf(context, node, scope)
    case 'patterns':
      return likePatterns(context, node, scope)
    case 'cast':
      return castOf(context, node, scope)
    case 'extract':
      return extractOf(context, node, scope)
    case 'struct':
      return structLiteral(context, node, scope)
    case 'array':
      return arrayLiteral(context, node, scope)
    case 'subquery':
      return subqueryOf(context, node, scope)
    case 'interval':
      return intervalOf(context, node, scope)
    case 'named':
      throw notImplemented(`the argument ${node.name} by its name`)
    default:
      throw notImplemented('* as an argument')
  }
}

function bareCall(context: Context, node: Expression & { kind: 'path' }, scope: Scope): Typed {
  const call = {
    name: node.names[0]!.toUpperCase(),
    path: node.names,
    safe: false,
    args: [],
    distinct: false,
    nulls: undefined,
    having: undefined,
  }
  return context.call(
    { kind: 'call', ...call, orderBy: [], limit: undefined, over: undefined, at: node.at },
    scope,
  )
}

function intervalOf(context: Context, node: Expression & { kind: 'interval' }, scope: Scope): Typed {
  const amount = context.expression(node.amount, scope)
  if (node.to !== undefined) return rangeOf(context, node, node.to, amount)
  if (!INTERVAL_PARTS.has(node.part))
    return context.fail(`INTERVAL of ${node.part} is not supported`, node.at)
  if (amount.type.kind !== INT64.kind && amount.type.kind !== 'NULL')
    return context.fail(`INTERVAL takes an INT64, but was given ${spelling(amount.type)}`, node.at)
  const made = `(INTERVAL (${amount.sql}) ${node.part})`
  const most = MOST[node.part]!
  const { text } = amount.literal ?? {}
  const isKnown = text !== undefined && Math.abs(Number(text)) <= most
  const wrong = fail(`'Interval field ${node.part} is out of range: ' || ${amount.sql}`, 'INTERVAL')
  const sql = isKnown
    ? made
    : `(CASE WHEN ${amount.sql} BETWEEN -${most} AND ${most} THEN ${made} WHEN ${amount.sql} IS NOT NULL THEN ${wrong} END)`
  return { sql, type: scalar('INTERVAL'), part: node.part }
}

const HOURS = 87_840_000
/** The longest interval of each part: 10,000 years (data types: INTERVAL). */
const MOST: Readonly<Record<string, number>> = {
  YEAR: 10_000,
  QUARTER: 40_000,
  MONTH: 120_000,
  WEEK: 522_857,
  DAY: 3_660_000,
  HOUR: HOURS,
  MINUTE: HOURS * 60,
  SECOND: HOURS * 3600,
  MILLISECOND: HOURS * 3_600_000,
  MICROSECOND: HOURS * 3_600_000_000,
}

const RANGED = ['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND']

/** `INTERVAL '1-2 3' YEAR TO DAY` */
function rangeOf(context: Context, { part, at }: Interval, to: string, amount: Typed): Typed {
  if (!RANGED.includes(part) || RANGED.indexOf(to) <= RANGED.indexOf(part))
    return context.fail(`INTERVAL of ${part} TO ${to} is not supported`, at)
  if (amount.type.kind !== 'STRING')
    return context.fail(
      `INTERVAL of ${part} TO ${to} takes a STRING, but was given ${spelling(amount.type)}`,
      at,
    )
  return { sql: `interval_of_parts(${amount.sql}, '${part}', '${to}')`, type: scalar('INTERVAL') }
}
