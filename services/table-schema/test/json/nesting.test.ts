import fc from 'fast-check'
import t from 'tap'
import { cases } from '../../../../test/long-tests.ts'
import { nestsDeeperThan } from '../../src/json/nesting.ts'

function levelsOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(levelsOf))
}

t.test('it counts the levels that parsing would make', (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), fc.nat(8), (json, levels) => {
        return nestsDeeperThan(levels, json) === levelsOf(JSON.parse(json)) > levels
      }),
      { numRuns: cases(2000) },
    ),
  )
  t.end()
})

t.test('brackets in texts and in keys are none, whatever is escaped', (t) => {
  for (const text of ['"[[["', '{"[[[":"{{{"}', String.raw`["\"[[[","\\",[]]`, String.raw`"\\\"[[["`])
    t.notOk(nestsDeeperThan(2, text), text)
  t.ok(nestsDeeperThan(2, String.raw`["\\",[[]]]`))
  t.ok(nestsDeeperThan(2, '[[[[[['), 'no JSON, but as deep')
  t.end()
})
