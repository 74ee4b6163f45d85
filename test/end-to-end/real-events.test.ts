import { parseJson, type JsonObject } from '@tablestream/table-schema'
import t from 'tap'
import { realEvents, withoutRealEvents } from '../real-events.ts'
import { differences } from './event-of-row.ts'
import { DATASET, settled, startPipeline } from './pipeline.ts'
import { readTable } from './read-table.ts'

const skip = withoutRealEvents
const NOT_OF_EVENTS = [
  'schema_changes',
  'dead_letters',
  'dead_letter_replays',
  'published_messages',
  'published_keys',
]

t.test('168 real webhook events of 43 types come back equal, value for value', { skip }, async (t) => {
  const lines = realEvents().flat()
  const pipeline = await startPipeline()
  t.teardown(() => pipeline.close())
  const ids = await pipeline.clients.publish(lines)
  await settled(pipeline)

  const tables = await pipeline.clients.query(
    `SELECT table_name FROM ${DATASET}.INFORMATION_SCHEMA.TABLES 
     WHERE table_type = 'BASE TABLE' AND table_name NOT IN (${NOT_OF_EVENTS.map((name) => `'${name}'`).join(', ')})`,
  )
  t.equal(tables.length, 43)
  let rows = 0
  const found: string[] = []
  for (const { table_name: table } of tables) {
    for (const row of await readTable(pipeline, String(table))) {
      rows++
      const event = parseJson(lines[ids.indexOf(row.eventId)]!) as JsonObject
      found.push(
        ...differences(event, row).map((difference) => `${String(table)} ${row.eventId} ${difference}`),
      )
    }
  }
  t.equal(rows, 168)
  t.same(found, [], 'no value differs and none is missing')
  t.same(await pipeline.clients.deadLetters(0), [])
  const deadLetters = `projects/tablestream-local/subscriptions/backend-events-dead-letter-sub`
  t.equal(pipeline.cloud.backlog()[deadLetters], 0, 'no dead letter')
})
