import type { Body } from '../tree/tree.ts'

/**
 * Whether the rows of a query are written down one by one: UNION ALL of SELECTs that read nothing. They come in the order in which they
 * stand there, and who tests with such rows relies on that, though GoogleSQL promises no order.
 */
export function listsRows(body: Body): boolean {
  return body.kind === 'set' && isListed(body)
}

function isListed(body: Body): boolean {
  if (body.kind === 'set')
    return body.operator === 'UNION' && body.all && isListed(body.left) && isListed(body.right)
  if (body.kind === 'query') {
    const { with: names, body: inner, orderBy, limit, offset } = body.query
    return names.length === 0 && orderBy.length === 0 && !limit && !offset && isListed(inner)
  }
  return body.from === undefined && !hasNames(body.items)
}

/** Whether an expression names something, or asks. */
function hasNames(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false
  const { kind } = node as { kind?: string }
  return kind === 'path' || kind === 'subquery' || Object.values(node).some(hasNames)
}
