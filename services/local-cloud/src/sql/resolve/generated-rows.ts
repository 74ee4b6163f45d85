import type { Expression } from '../tree/tree.ts'
import type { Context, Scope } from './scope.ts'

/** Rows that DuckDB makes one after the other. */
export interface GeneratedRows {
  /** What FROM reads, with the column `item`. */
  readonly from: string
  /** The place of an item, from 0 on. */
  readonly place: string
}

/**
 * GENERATE_ARRAY of two numbers that are written there, as rows: as an array DuckDB has all of it in memory, 64 bytes a number and
 * more than once. Five million took half a gigabyte.
 *
 * @returns undefined for every other array
 */
export function generatedRows(context: Context, node: Expression, scope: Scope): GeneratedRows | undefined {
  if (node.kind !== 'call' || node.name !== 'GENERATE_ARRAY' || node.safe) return undefined
  if (node.args.length !== 2 || !node.args.every(isWholeNumber)) return undefined
  const [first, last] = node.args.map((arg) => context.expression(arg, scope).sql)
  return { from: `generate_series(${first}, ${last}) AS generated(item)`, place: `item - (${first})` }
}

function isWholeNumber(node: Expression): boolean {
  if (node.kind === 'unary') return node.operator === '-' && isWholeNumber(node.of)
  return node.kind === 'literal' && node.type === 'INT64'
}
