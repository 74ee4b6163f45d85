import t from 'tap'
import { DATASET, settled, startPipeline, sumOfMetric } from './pipeline.ts'

/** An event of so many levels, itself included. */
const deep = (type: string, levels: number, inner = '1'): string =>
  `{"event_type":"${type}","v":${'['.repeat(levels - 1)}${inner}${']'.repeat(levels - 1)}}`
const deepObjects = (type: string, levels: number): string =>
  `{"event_type":"${type}","v":${'{"a":'.repeat(levels - 1)}1${'}'.repeat(levels - 1)}}`
/** By hand `OBJECTS=90000`: with more of them an event has more keys than one may have. */
const OBJECTS = Number(process.env['OBJECTS'] ?? 20_000)
/** An event of objects, each with a key that no other one has. */
const manyKeys = (type: string): string =>
  `{"event_type":"${type}","v":[${Array.from({ length: OBJECTS }, (_, n) => `{"k${n}":1}`).join()}]}`
const good = (n: number): string => JSON.stringify({ event_type: 'good', event_id: `good-${n}`, n })

t.test('what events may not be ends as dead letters, and the events around it land', async (t) => {
  const pipeline = await startPipeline()
  t.teardown(() => pipeline.close())
  const { clients } = pipeline
  const bad: [data: string, reason: string][] = [
    [deep('pill', 501), 'too_deep'],
    [deep('pill', 2500), 'too_deep'],
    [deep('pill', 3000, '9007199254740993'), 'too_deep'],
    [deepObjects('pill', 5000), 'too_deep'],
    ['['.repeat(1_000_000), 'too_deep'],
    [JSON.stringify({ event_type: 'A'.repeat(200_000) }), 'event_type_too_long'],
    [JSON.stringify({ url: '/a', meta: { event_type: 'good' } }), 'no_event_type'],
  ]
  // twice: once before the table is there, once after
  for (const round of [0, 1]) {
    await clients.publish(bad.flatMap(([data], index) => [data, good(round * 100 + index)]))
    await settled(pipeline)
  }
  t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.good`), bad.length * 2)
  const letters = await clients.deadLetters(bad.length * 2)
  for (const [data, reason] of bad) {
    const found = letters.filter((letter) => letter.data.equals(Buffer.from(data)))
    t.same(
      found.map(({ attributes }) => attributes['dead-letter-reason']),
      [reason, reason],
      data.slice(0, 40),
    )
  }

  await t.test('500 levels land, whatever becomes of them: columns, a JSON column, _unmapped', async (t) => {
    // arrays of arrays are a JSON column; objects are RECORDs, and JSON below the fifteenth
    await clients.publish([deep('deep_array', 500), deepObjects('deep_object', 500)])
    await settled(pipeline)
    await clients.publish(['{"event_type":"deep_misfit","v":1}'])
    await settled(pipeline)
    await clients.publish([deep('deep_misfit', 500, '9007199254740993'), deep('deep_array', 500)])
    await settled(pipeline)
    const texts = async (column: string, table: string) => {
      const rows = await clients.query(
        `SELECT TO_JSON_STRING(${column}) AS json FROM ${DATASET}.${table} WHERE ${column} IS NOT NULL`,
      )
      return rows.map(({ json }) => json as string)
    }
    const array = `${'['.repeat(499)}1${']'.repeat(499)}`
    t.same(await texts('v', 'deep_array'), [array, array])
    t.same(await texts('v', 'deep_object'), [`${'{"a":'.repeat(499)}1${'}'.repeat(499)}`])
    t.same(await texts('_unmapped', 'deep_misfit'), [
      `{"/v":${'['.repeat(499)}9007199254740993${']'.repeat(499)}}`,
    ])
  })
  await t.test('good events pass large ones of new types that came before them in one batch', async (t) => {
    const large = Array.from({ length: 6 }, (_, n) => `large_${n}`)
    await clients.publish([...large.map(manyKeys), good(1000)])
    await settled(pipeline)
    const made = (table: string) => `SELECT processed_timestamp AS made FROM ${DATASET}.${table}`
    for (const table of large)
      t.equal(
        await clients.count(
          `SELECT COUNT(*) FROM (${made('good')} WHERE event_id = 'good-1000') AS good, (${made(table)}) AS large
          WHERE good.made < large.made`,
        ),
        1,
        table,
      )
  })
  // a writer that ended in between would have forgotten what it counted
  t.equal(await sumOfMetric(pipeline.writerUrl, 'tablestream_events_landed_total'), bad.length * 2 + 5 + 7)
})
