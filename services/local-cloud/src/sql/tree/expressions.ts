import type { Cursor } from './cursor.ts'
import { parsePrimary } from './primary.ts'
import type { Expression } from './tree.ts'

// GoogleSQL's operators that bind two values, from the loosest to the tightest (operators: precedence)
const LEVELS: readonly (readonly string[])[] = [
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '||'],
]
const COMPARISONS = ['=', '<', '>', '<=', '>=', '!=', '<>']

export function parseExpression(cursor: Cursor): Expression {
  let left = parseAnd(cursor)
  while (cursor.isWord('OR')) {
    const { at } = cursor
    cursor.take()
    left = { kind: 'binary', operator: 'OR', left, right: parseAnd(cursor), at }
  }
  return left
}

function parseAnd(cursor: Cursor): Expression {
  let left = parseNot(cursor)
  while (cursor.isWord('AND')) {
    const { at } = cursor
    cursor.take()
    left = { kind: 'binary', operator: 'AND', left, right: parseNot(cursor), at }
  }
  return left
}

function parseNot(cursor: Cursor): Expression {
  const { at } = cursor
  if (cursor.skip('NOT')) return { kind: 'unary', operator: 'NOT', of: parseNot(cursor), at }
  return parseComparison(cursor)
}

function parseComparison(cursor: Cursor): Expression {
  const left = parseLevel(cursor, 0)
  const compared = comparisonOf(cursor, left)
  if (!compared) return left
  // operators: comparisons do not associate
  const isOther =
    COMPARISONS.some((symbol) => cursor.isSymbol(symbol)) || cursor.isWord('IS', 'LIKE', 'IN', 'BETWEEN')
  if (isOther || cursor.comes('NOT', 'LIKE') || cursor.comes('NOT', 'IN') || cursor.comes('NOT', 'BETWEEN'))
    throw cursor.unexpected()
  return compared
}

function comparisonOf(cursor: Cursor, left: Expression): Expression | undefined {
  const { at } = cursor
  const operator = COMPARISONS.find((symbol) => cursor.isSymbol(symbol))
  if (operator !== undefined) {
    cursor.take()
    return {
      kind: 'binary',
      operator: operator === '<>' ? '!=' : operator,
      left,
      right: parseLevel(cursor, 0),
      at,
    }
  }
  if (cursor.skip('IS')) return parseIs(cursor, left, at)
  const not = cursor.comes('NOT', 'LIKE') || cursor.comes('NOT', 'IN') || cursor.comes('NOT', 'BETWEEN')
  if (not) cursor.take()
  if (cursor.skip('LIKE')) {
    const like = (right: Expression): Expression => {
      const one: Expression = { kind: 'binary', operator: 'LIKE', left, right, at }
      return not ? { kind: 'unary', operator: 'NOT', of: one, at } : one
    }
    const isAll = cursor.isWord('ALL')
    if (!isAll && !cursor.isWord('ANY', 'SOME')) return like(parseLevel(cursor, 0))
    cursor.take()
    const array = parseArrayOfPatterns(cursor)
    if (array) return { kind: 'patterns', left, array, isAll, not, at }
    return cursor
      .inBrackets(() => cursor.list(() => cursor.expression()))
      .map(like)
      .reduce((one, other) => ({
        kind: 'binary',
        operator: isAll ? 'AND' : 'OR',
        left: one,
        right: other,
        at,
      }))
  }
  if (cursor.skip('BETWEEN')) {
    const low = parseLevel(cursor, 0)
    cursor.expect('AND')
    return { kind: 'between', of: left, low, high: parseLevel(cursor, 0), not, at }
  }
  return cursor.skip('IN') ? parseIn(cursor, left, not, at) : undefined
}

/** `UNNEST(array)` and `(SELECT …)` behind LIKE ANY, SOME and ALL; undefined before a list. */
function parseArrayOfPatterns(cursor: Cursor): Expression | undefined {
  const { at } = cursor
  if (cursor.skip('UNNEST')) return cursor.inBrackets(() => cursor.expression())
  if (!cursor.startsQuery(1)) return undefined
  return { kind: 'subquery', how: 'ARRAY', query: cursor.inBrackets(() => cursor.query()), at }
}

function parseIs(cursor: Cursor, of: Expression, at: number): Expression {
  const not = cursor.skip('NOT')
  if (cursor.skip('DISTINCT', 'FROM'))
    return { kind: 'distinct', left: of, right: parseLevel(cursor, 0), not, at }
  const what = (['NULL', 'TRUE', 'FALSE'] as const).find((word) => cursor.skip(word))
  if (!what) throw cursor.unexpected('NULL, TRUE or FALSE')
  return { kind: 'is', of, what, not, at }
}

function parseIn(cursor: Cursor, of: Expression, not: boolean, at: number): Expression {
  const common = { kind: 'in' as const, of, list: [], query: undefined, array: undefined, not, at }
  if (cursor.skip('UNNEST')) return { ...common, array: cursor.inBrackets(() => cursor.expression()) }
  return cursor.inBrackets(() =>
    cursor.startsQuery()
      ? { ...common, query: cursor.query() }
      : { ...common, list: cursor.list(() => cursor.expression()) },
  )
}

function parseLevel(cursor: Cursor, level: number): Expression {
  const operators = LEVELS[level]
  if (!operators) return parseUnary(cursor)
  let left = parseLevel(cursor, level + 1)
  for (;;) {
    const operator = operators.find((symbol) => cursor.isSymbol(symbol))
    if (operator === undefined) return left
    const { at } = cursor
    cursor.take()
    left = { kind: 'binary', operator, left, right: parseLevel(cursor, level + 1), at }
  }
}

function parseUnary(cursor: Cursor): Expression {
  const { at } = cursor
  const operator = ['-', '+', '~'].find((symbol) => cursor.skipSymbol(symbol))
  if (operator === undefined) return parsePrimary(cursor)
  const of = parseUnary(cursor)
  const isNumber = of.kind === 'literal' && (of.type === 'INT64' || of.type === 'FLOAT64')
  if (operator === '-' && isNumber && !of.text.startsWith('-')) return { ...of, text: `-${of.text}`, at }
  return { kind: 'unary', operator, of, at }
}
