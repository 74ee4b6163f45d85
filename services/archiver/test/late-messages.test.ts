import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { hoursBetween } from '../src/hours.ts'
import { hoursToLookAt } from '../src/late-messages.ts'

const HOUR_MS = 3_600_000
const START = Date.parse('2026-11-29T05:12:00Z')

t.test('of archived hours each is looked at once a day, and those at both ends in each run', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 5 }), (kept, count) => {
      const seen = new Map<string, number>()
      for (let run = 0; run < 24; run++) {
        const now = START + run * HOUR_MS
        const archived = hoursBetween(now - kept * HOUR_MS, now)
        const looked = hoursToLookAt(archived, count, now)
        assert.ok(looked.length <= 2 * count + Math.ceil(kept / 24))
        const ends = [...archived.slice(0, count), ...archived.slice(-count)]
        assert.ok(ends.every((hour) => looked.includes(hour)))
        for (const hour of looked) seen.set(hour, (seen.get(hour) ?? 0) + 1)
      }
      const throughout = hoursBetween(START + 23 * HOUR_MS - kept * HOUR_MS, START)
      assert.ok(throughout.every((hour) => seen.has(hour)))
    }),
    { numRuns: 30 },
  )
  t.end()
})

t.test('where none is asked for, none is looked at', (t) => {
  t.same(hoursToLookAt(hoursBetween(START - 100 * HOUR_MS, START), 0, START), [])
  t.end()
})
