import { createHash } from 'node:crypto'
import { columnFinder } from '../columns/column.ts'
import type { Plan } from './plan-types.ts'

/** A name for what a plan changes, of 44 characters: the same for each event that asks for this and no more. */
export function changeKey({ outcome, columns, added, relaxed, widened }: Plan): string {
  const find = columnFinder(columns)
  const shapes = added.map((path) => `${path} ${JSON.stringify(find(path))}`)
  const wider = widened.map(({ path, to }) => `${path} ${to}`)
  const parts = [[outcome], shapes.toSorted(), relaxed.toSorted(), wider.toSorted()]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64')
}
