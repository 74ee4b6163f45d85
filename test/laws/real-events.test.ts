import { compileEncoder } from '@tablestream/stream-writer'
import {
  inferColumns,
  mergeColumns,
  parseJson,
  plan,
  type Column,
  type JsonObject,
} from '@tablestream/table-schema'
import { Faker, base } from '@faker-js/faker'
import t from 'tap'
import { realEvents, withoutRealEvents } from '../real-events.ts'

const skip = withoutRealEvents
const ORDERS = 20
const fingerprint = { low: 0, high: 0 }
const envelope = { eventId: 'id', source: '', fingerprint, eventDay: 20_000, processedMicros: 0 }

const events = (): JsonObject[][] =>
  realEvents().map((lines) => lines.map((line) => parseJson(line) as JsonObject))

const typeOf = (event: JsonObject): string => event['event_type'] as string

function canonical(columns: readonly Column[]): string {
  const sorted = columns
    .map(({ fields, ...column }) => ({ ...column, ...(fields && { fields: canonical(fields) }) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
  return JSON.stringify(sorted)
}

t.test(
  'in any order, split over any number of instances, real events give the same columns',
  { skip },
  (t) => {
    const { helpers, number } = new Faker({ locale: base, seed: 1 })
    for (const ofType of events()) {
      const results = new Set<string>()
      for (let order = 0; order < ORDERS; order++) {
        const shuffled = helpers.shuffle(ofType)
        const instances = number.int({ min: 1, max: 4 })
        const parts = Array.from({ length: instances }, (_, index) =>
          shuffled.filter((__, at) => at % instances === index),
        )
        const merged = parts
          .map((part) => part.map(inferColumns).reduce(mergeColumns, []))
          .reduce(mergeColumns, [])
        results.add(canonical(merged))
      }
      t.equal(results.size, 1, typeOf(ofType[0]!))
    }
    t.end()
  },
)

t.test('in any order a table takes every event, and nothing is left without a place', { skip }, (t) => {
  const { helpers } = new Faker({ locale: base, seed: 2 })
  for (const ofType of events()) {
    for (let order = 0; order < ORDERS; order++) {
      let columns: readonly Column[] | undefined
      for (const event of helpers.shuffle(ofType)) ({ columns } = plan(columns, event))
      const encode = compileEncoder(columns!)
      for (const event of ofType) {
        const { outcome, conflicts } = plan(columns, event)
        if (outcome !== 'fits' || encode(event, envelope).complete !== (conflicts.length === 0)) {
          t.fail(`${typeOf(event)} does not fit its table`)
        }
      }
    }
  }
  t.pass()
  t.end()
})
