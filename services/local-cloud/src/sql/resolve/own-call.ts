import { notImplemented } from '../../bigquery/errors.ts'
import { isVolatile } from '../once.ts'
import { Cursor } from '../tree/cursor.ts'
import { parseExpression } from '../tree/expressions.ts'
import { parsePipedQuery } from '../tree/pipes.ts'
import type { FunctionDefinition } from '../tree/function-definition.ts'
import type { Call } from '../tree/tree.ts'
import { coerce, distance } from '../typing/coerce.ts'
import type { Column, Context, Scope } from './scope.ts'
import type { Typed } from '../typing/typed.ts'
import { spelling, typeOf } from '../typing/sql-type.ts'

/** A call of a function that is made in SQL: its expression, with the arguments in the place of its parameters. */
export function ownCall(context: Context, node: Call, own: FunctionDefinition, scope: Scope): Typed {
  const { name, at } = node
  if (node.safe) return context.fail(`SAFE. is not supported for the function ${name}`, at)
  const args = node.args.map((arg) => context.expression(arg, scope))
  const types = own.parameters.map(({ type }) => type && typeOf(type))
  const fits =
    args.length === types.length &&
    args.every((arg, index) => !types[index] || distance(arg, types[index]) !== undefined)
  if (!fits)
    return context.fail(
      `No matching signature for function ${name} for argument types: ${args.map(({ type }) => spelling(type)).join(', ')}`,
      at,
    )
  if (args.some(({ sql }) => isVolatile(sql)))
    throw notImplemented('a value that is another each time as an argument of a function of one’s own')
  const columns = args.map((arg, index): Column => {
    const type = types[index]
    const { sql, type: made } = type ? coerce(arg, type) : arg
    return { name: own.parameters[index]!.name, sql, type: made }
  })
  const cursor = new Cursor(own.body, { expression: parseExpression, query: parsePipedQuery })
  const body = cursor.expression()
  if (cursor.peek()) throw cursor.unexpected()
  if (context.running.has(name)) return context.fail(`Function ${name} calls itself`, at)
  context.running.add(name)
  const value = context.expression(body, {
    sources: [],
    columns,
    outer: undefined,
    noAggregates: `the function ${name}`,
  })
  context.running.delete(name)
  const returns = own.returns && typeOf(own.returns)
  if (!returns) return { sql: value.sql, type: value.type }
  if (distance(value, returns) === undefined)
    return context.fail(`Function ${name} returns ${spelling(value.type)}, and not ${spelling(returns)}`, at)
  return { sql: coerce(value, returns).sql, type: returns }
}
