import { AGGREGATES } from '../functions/aggregates.ts'
import type { Body, From, Query, Select } from '../tree/tree.ts'
import type { Context } from './scope.ts'
import { namesTable } from './with-order.ts'

/**
 * Holds what WITH RECURSIVE names to the rules of GoogleSQL (query syntax: CTE rules and constraints).
 *
 * @throws BigQueryError invalidQuery for what BigQuery refuses
 */
export function checkRecursive(context: Context, { name, query }: Query['with'][number]): void {
  const lower = name.toLowerCase()
  if (!namesTable(query, lower)) return
  const { body, with: names, orderBy, limit, at } = query
  if (names.some((entry) => entry.name.toLowerCase() === lower)) return
  if (body.kind !== 'set' || body.operator !== 'UNION')
    context.fail(
      `Recursive query does not have the form <non-recursive-term> UNION [ALL|DISTINCT] <recursive-term>`,
      at,
    )
  else {
    if (orderBy.length > 0) context.fail('A recursive query may not use ORDER BY', at)
    if (limit) context.fail('A recursive query may not use LIMIT', at)
    if (namesTable(body.left, lower))
      context.fail('Recursive reference is not allowed in non-recursive UNION term', body.at)
    const rules = new RecursiveTerm(context, name)
    if (rules.ofBody(body.right) > 1)
      context.fail(`Multiple recursive references to table '${name}' are not allowed`, body.at)
  }
}

/** What stands behind UNION. Its methods say how often the name is in a part of it. */
class RecursiveTerm {
  readonly #context: Context
  readonly #lower: string

  constructor(context: Context, name: string) {
    this.#context = context
    this.#lower = name.toLowerCase()
  }

  ofBody(body: Body): number {
    if (body.kind === 'query') return this.#ofQuery(body.query)
    if (body.kind === 'select') return this.#ofSelect(body)
    const count = this.ofBody(body.left) + this.ofBody(body.right)
    if (count > 0 && !body.all)
      this.#refuse('must not use INTERSECT, UNION, or EXCEPT with the DISTINCT modifier', body.at)
    return count
  }

  #ofQuery({ with: names, body, orderBy, limit, at }: Query): number {
    if (names.some(({ name }) => name.toLowerCase() === this.#lower)) return 0
    if (names.some(({ query }) => this.#isIn(query)))
      this.#context.fail('A recursive reference from inside an inner WITH clause is not allowed', at)
    const count = this.ofBody(body)
    if (count > 0 && orderBy.length > 0) this.#refuse('must not contain an ORDER BY clause', at)
    if (count > 0 && limit) this.#refuse('must not use a LIMIT clause', at)
    return count
  }

  #ofSelect({ from, ...rest }: Select): number {
    if (this.#isIn(rest))
      this.#context.fail('A recursive reference from inside an expression subquery is not allowed', rest.at)
    const count = from ? this.#ofFrom(from) : 0
    if (count === 0) return 0
    const { distinct, groupBy, groupAll, groupingSets, at } = rest
    const calls = callsIn(rest)
    if (calls.some(({ over }) => over !== undefined)) this.#refuse('must not use an analytic function', at)
    if (
      distinct ||
      groupBy.length > 0 ||
      groupAll ||
      groupingSets ||
      calls.some(({ name }) => AGGREGATES[name])
    )
      this.#refuse('must not use DISTINCT, GROUP BY, or any aggregate function', at)
    return count
  }

  #ofFrom(from: From): number {
    if (from.kind === 'table') {
      const isHere = this.#isIn(from)
      if (isHere && from.percent) this.#refuse('must not use the TABLESAMPLE operator', from.at)
      return isHere ? 1 : 0
    }
    if (from.kind === 'query') return this.#ofQuery(from.query)
    if (from.kind === 'join') {
      const [left, right] = [this.#ofFrom(from.left), this.#ofFrom(from.right)]
      if (this.#isIn([from.on]))
        this.#context.fail('A recursive reference from inside an expression subquery is not allowed', from.at)
      if (from.how === 'FULL' && left + right > 0)
        this.#refuse('must not be an operand of a FULL OUTER JOIN', from.at)
      if (from.how === 'LEFT' && right > 0)
        this.#refuse('must not be the right operand of a LEFT JOIN', from.at)
      if (from.how === 'RIGHT' && left > 0)
        this.#refuse('must not be the left operand of a RIGHT JOIN', from.at)
      return left + right
    }
    if (!this.#isIn(from)) return 0
    if (from.kind === 'function') this.#refuse('must not be an argument to a table-valued function', from.at)
    if (from.kind === 'turned') this.#refuse('must not use PIVOT or UNPIVOT', from.at)
    return this.#context.fail(
      'A recursive reference from inside an expression subquery is not allowed',
      from.at,
    )
  }

  #isIn(node: unknown): boolean {
    return namesTable(node, this.#lower)
  }

  #refuse(words: string, at: number): never {
    return this.#context.fail(`A query containing a recursive reference ${words}`, at)
  }
}

interface CallNode {
  readonly kind?: string
  readonly name: string
  readonly over?: unknown
}

/** All calls in an expression, queries inside of it left out. */
function callsIn(node: unknown): CallNode[] {
  if (typeof node !== 'object' || node === null) return []
  if (Array.isArray(node)) return node.flatMap(callsIn)
  const { kind } = node as CallNode
  if (kind === 'subquery') return []
  const inside = Object.values(node).flatMap(callsIn)
  return kind === 'call' ? [node as CallNode, ...inside] : inside
}
