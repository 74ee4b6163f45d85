import fc from 'fast-check'
import { parseJson, toJsonText, type JsonObject, type JsonValue } from '@tablestream/table-schema'
import t from 'tap'
import { event } from '../laws/events.ts'
import { cases } from '../long-tests.ts'
import { differences } from './event-of-row.ts'
import { settled, startPipeline } from './pipeline.ts'
import { readTable } from './read-table.ts'

const TYPES = 4
const BATCH = 50
const EVENTS = cases(300)

const wild = fc
  .dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 6 })
  .map((value) => parseJson(JSON.stringify(value)) as JsonObject)

t.test(
  'whatever JSON comes, in whatever order, its row holds every value of it',
  { timeout: 480_000 },
  async (t) => {
    // a new seed each time; it is told, so that a failure can be repeated
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
    t.comment(`SEED=${seed}`)
    const events = fc
      .sample(fc.oneof(event, wild), { numRuns: EVENTS, seed })
      .map((any, index): JsonObject => ({
        ...any,
        event_type: `any_${index % TYPES}`,
        event_id: `e${index}`,
      }))
    const pipeline = await startPipeline()
    t.teardown(() => pipeline.close())
    for (let at = 0; at < events.length; at += BATCH) {
      await pipeline.clients.publish(events.slice(at, at + BATCH).map(toJsonText))
      await settled(pipeline, 120_000)
    }
    let rows = 0
    const found: string[] = []
    for (let type = 0; type < TYPES; type++) {
      for (const row of await readTable(pipeline, `any_${type}`)) {
        rows++
        const any = events[Number(row.eventId.slice(1))]!
        const { event_id: _, event_date: __, ...own } = any
        const unmapped = Object.entries(row.unmapped).filter(([path]) => path !== '/event_date')
        const of = { ...row, unmapped: Object.fromEntries(unmapped) as Record<string, JsonValue> }
        found.push(
          ...differences(own, of).map((difference) => `SEED=${seed} ${toJsonText(any)} ${difference}`),
        )
      }
    }
    t.equal(rows, EVENTS)
    t.same(found, [])
  },
)
