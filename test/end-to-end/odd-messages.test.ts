import t from 'tap'
import { DATASET, settled, startPipeline } from './pipeline.ts'

type Odd = readonly [data: string, attributes?: Record<string, string>]

const json = (fields: object): string => JSON.stringify({ event_type: 'odd', ...fields })
/** Many new tables of one caller beside them; `fair-turns.test.ts` has hundreds. */
const TABLES = 50

/** What anybody who may publish to the topic can send. */
const ODD: Readonly<Record<string, Odd>> = {
  'a ce-time at the end of time': [json({}), { 'ce-time': '9999-12-31T23:59:59.999999Z' }],
  'a ce-time at its beginning': [json({}), { 'ce-time': '0001-01-01T00:00:00Z' }],
  'a ce-time that JavaScript alone knows': [json({}), { 'ce-time': '+275760-09-13T00:00:00Z' }],
  'a ce-time that is none': [json({}), { 'ce-time': 'soon' }],
  'the last day': [json({ event_date: '9999-12-31' })],
  'the first day': [json({ event_date: '0001-01-01' })],
  'a day before it': [json({ event_date: '0000-01-01' })],
  'a day after the last': [json({ event_date: '10000-01-01' })],
  'an id of 1 KB': [json({ event_id: 'i'.repeat(1024) })],
  'an id of 8 KB': [json({ event_id: 'i'.repeat(8192) })],
  'an id with NUL': [json({ event_id: 'a\u0000b' })],
  'an id that is an object': [json({ event_id: { a: 1 } })],
  'attributes that say nothing': [json({}), { 'ce-id': '', 'ce-source': '', 'ce-time': '', event_type: '' }],
  'another type in its attribute': [json({}), { event_type: 'another' }],
  'a caller with blanks': [json({}), { 'tablestream-caller': ' a  b ', 'ce-source': ' /c d ' }],
  'attributes of a request': [
    json({ requested: 1 }),
    { 'asked-by-message-id': '1', 'asked-by-publish-time': 'never' },
  ],
  'no data, and attributes': ['', { event_type: 'odd' }],
  'an empty object': ['{}'],
  'a type in another case': [JSON.stringify({ event_type: 'ODD' })],
  'a type of one code point': [JSON.stringify({ event_type: 'caf\u00e9' })],
  'the same of two': [JSON.stringify({ event_type: 'cafe\u0301' })],
  'a type of a prototype': [
    '{"event_type":"__proto__","__proto__":{"a":1},"constructor":1,"hasOwnProperty":2}',
  ],
  'a type of a path': [JSON.stringify({ event_type: '../../metrics' })],
  'a type that is NUL': ['{"event_type":"\\u0000"}'],
}

t.test('each odd message has one end, and those beside it land', { timeout: 480_000 }, async (t) => {
  const pipeline = await startPipeline({ services: ['table-manager', 'stream-writer'] })
  t.teardown(() => pipeline.close())
  const { clients } = pipeline
  const sent = Object.entries(ODD)
  for (const [name, [data, attributes]] of sent) await clients.publish([data], { name, ...attributes })
  const many = Array.from({ length: TABLES }, (_, n) => JSON.stringify({ event_type: `many_${n}`, n }))
  await clients.publish(many, { 'tablestream-caller': 'one', 'ce-source': '/shop' })
  await settled(pipeline, 200_000)
  const tables = await clients.query(
    `SELECT table_name FROM ${DATASET}.INFORMATION_SCHEMA.TABLES WHERE table_type = 'BASE TABLE'`,
  )
  const own = tables.map(({ table_name: name }) => String(name))
  const ofMany = own.filter((name) => name.startsWith('many_'))
  t.equal(ofMany.length, TABLES)
  const landed = await Promise.all(
    own
      .filter((name) => !ofMany.includes(name) && !KEPT.has(name))
      .map(
        async (name) => [name, await clients.count(`SELECT COUNT(*) FROM ${DATASET}.\`${name}\``)] as const,
      ),
  )
  const rows = landed.reduce((sum, [, count]) => sum + count, 0)
  const letters = await clients.deadLetters(sent.length - rows)
  const dead = letters.map(({ attributes }) => `${attributes['name']}: ${attributes['dead-letter-reason']}`)
  t.same(dead.toSorted(), ['an empty object: no_event_type', 'no data, and attributes: not_json'])
  t.equal(rows + letters.length, sent.length)
})

/** Tables that are no event's. */
const KEPT = new Set([
  'published_messages',
  'published_keys',
  'dead_letters',
  'dead_letter_replays',
  'schema_changes',
])
