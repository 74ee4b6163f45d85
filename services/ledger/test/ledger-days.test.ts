import fc from 'fast-check'
import { dateDays, dateText } from '@tablestream/table-schema'
import t from 'tap'
import { daysCondition } from '../src/ledger-days.ts'

/** The spans of a condition, in days since 1970. */
function spansOf(condition: string): (readonly [first: number, last: number])[] {
  const found = condition.matchAll(/BETWEEN DATE '([^']+)' AND DATE '([^']+)'/g)
  return [...found].map(([, first, last]) => [dateDays(first!)!, dateDays(last!)!] as const)
}

const days = fc.array(
  fc.record({ day: fc.integer({ min: 10_000, max: 40_000 }).map(dateText), near: fc.boolean() }),
  { maxLength: 100, size: 'max' },
)

t.test('the days of events', async (t) => {
  await t.test('each possible day is read, in thirty spans at most', async () => {
    fc.assert(
      fc.property(days, (possible) => {
        const spans = spansOf(daysCondition(possible))
        const isRead = (day: number) => spans.some(([first, last]) => first <= day && day <= last)
        const all = possible.flatMap(({ day, near }) => {
          const at = dateDays(day)!
          return near ? [at - 1, at, at + 1] : [at]
        })
        return all.every(isRead) && spans.length <= 30
      }),
    )
  })
  await t.test('days far from each other are not read with what is between them', async (t) => {
    const possible = ['2026-01-01', '2026-01-02', '2024-05-05'].map((day) => ({ day, near: false }))
    const sql = daysCondition([...possible, { day: 'no day', near: true }])
    t.equal(
      sql,
      "(event_date BETWEEN DATE '2024-05-05' AND DATE '2024-05-05' OR event_date BETWEEN DATE '2026-01-01' AND DATE '2026-01-02')",
    )
  })
  await t.test('a day at an end of the calendar has no neighbour beyond it', (t) => {
    const near = (day: string) => daysCondition([{ day, near: true }])
    t.equal(near('0001-01-01'), "(event_date BETWEEN DATE '0001-01-01' AND DATE '0001-01-02')")
    t.equal(near('9999-12-31'), "(event_date BETWEEN DATE '9999-12-30' AND DATE '9999-12-31')")
    t.end()
  })
  await t.test('without any day no row is read', (t) => {
    t.equal(daysCondition([]), 'FALSE')
    t.end()
  })
})
