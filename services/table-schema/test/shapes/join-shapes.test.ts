import fc from 'fast-check'
import t from 'tap'
import { cases } from '../../../../test/long-tests.ts'
import type { Column, Shape } from '../../src/columns/column.ts'
import { inferColumns, inferShape } from '../../src/shapes/infer-column.ts'
import { joinShapes, mergeColumns } from '../../src/shapes/join-shapes.ts'
import type { JsonObject } from '../../src/json/json-text.ts'
import { nameShapes } from '../../src/shapes/name-shapes.ts'
import { plan, planAll } from '../../src/plan/plan.ts'

// keys that are names of their own, keys that differ in case alone, keys that are no names
const key = fc.constantFrom('a', 'b', 'c', 'A', 'B', 'a.b', 'é', '__proto__', 'x'.repeat(400))
const scalar = fc.constantFrom(1, 1.5, 'x', '2026-01-01', true, null)
const { object } = fc.letrec<{ value: unknown; object: JsonObject }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, fc.array(scalar, { maxLength: 2 }), tie('object')),
  object: fc.dictionary(key, tie('value'), { maxKeys: 4 }) as fc.Arbitrary<JsonObject>,
}))
const plain = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), scalar) as fc.Arbitrary<JsonObject>
const events = fc.array(fc.oneof(object, plain), { maxLength: 8 })

/** The law: the shapes of all keys joined, and named anew. */
function mergedAnew(a: readonly Column[], b: readonly Column[]): readonly Column[] {
  const shapeOf = ({ type, mode, fields }: Column): Shape =>
    fields ? { type, mode, fields } : { type, mode }
  const shapes = new Map(a.map((column) => [column.key, shapeOf(column)]))
  for (const column of b) {
    const mine = shapes.get(column.key)
    shapes.set(column.key, mine ? joinShapes(mine, shapeOf(column)) : shapeOf(column))
  }
  return nameShapes(shapes)
}

/** A list that nobody has asked anything about. */
const fresh = (columns: readonly Column[]): readonly Column[] =>
  columns.map((column) => ({ ...column, ...(column.fields && { fields: fresh(column.fields) }) }))

t.test(
  'a chain of merges gives what naming all anew gives, and every list of it can be merged again',
  (t) => {
    fc.assert(
      fc.property(events, object, (chain, other) => {
        let merged: readonly Column[] = []
        const steps: (readonly [before: readonly Column[], after: string])[] = []
        for (const event of chain) {
          const asked = inferColumns(event)
          const wanted = JSON.stringify(mergedAnew(fresh(merged), fresh(asked)))
          const before = merged
          merged = mergeColumns(before, asked)
          if (JSON.stringify(merged) !== wanted) return false
          steps.push([before, JSON.stringify(before)])
        }
        const more = inferColumns(other)
        return steps.every(
          ([before, was]) =>
            JSON.stringify(before) === was &&
            JSON.stringify(mergeColumns(before, more)) ===
              JSON.stringify(mergedAnew(fresh(before), fresh(more))),
        )
      }),
      { numRuns: cases(3000) },
    )
    t.end()
  },
)

t.test(
  'what an array of objects asks for is what one after the other of them joined with it asks for',
  (t) => {
    const objects = fc.array(fc.oneof(object, plain), { maxLength: 8 })
    fc.assert(
      fc.property(objects, (several) => {
        const shapes = several.map((each) => inferShape(each, 0)).filter((shape) => shape !== undefined)
        const wanted = shapes.length === 0 ? undefined : shapes.reduce(joinShapes)
        const joined = inferShape(several, 0)
        if (wanted?.type !== 'RECORD') return JSON.stringify(joined) === JSON.stringify(wanted)
        return JSON.stringify(joined) === JSON.stringify({ ...wanted, mode: 'REPEATED' })
      }),
      { numRuns: 3000 },
    )
    t.end()
  },
)

t.test('a plan for several events leaves the list that it began with as it was', (t) => {
  fc.assert(
    fc.property(object, events, object, (first, several, other) => {
      const { columns } = plan(undefined, first)
      const [copy, text] = [fresh(columns), JSON.stringify(columns)]
      const one = planAll(columns, several)
      const two = planAll(copy, several)
      const after = [plan(one.columns, other), plan(fresh(two.columns), other)].map((each) =>
        JSON.stringify(each),
      )
      return (
        JSON.stringify(columns) === text &&
        JSON.stringify(one) === JSON.stringify(two) &&
        after[0] === after[1] &&
        JSON.stringify(plan(columns, other)) === JSON.stringify(plan(fresh(columns), other))
      )
    }),
    { numRuns: cases(3000) },
  )
  t.end()
})
