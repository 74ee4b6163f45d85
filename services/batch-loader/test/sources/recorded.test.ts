import t from 'tap'
import { SourceError } from '../../src/formats/index.ts'
import { publishedMessages } from '../../src/sources/published-messages.ts'
import { recordedOf } from '../../src/sources/recorded.ts'
import { readingOf } from '../formats/reading.ts'

const NOW = Date.parse('2026-11-29T20:00:00Z')
const HOUR = 3_600_000

t.test('a span of time is told by times or by how long ago they were', (t) => {
  t.same(recordedOf('published:24h', NOW), { kind: 'published', since: NOW - 24 * HOUR, until: NOW })
  t.same(recordedOf('dead-letters:2026-11-29T05:00:00Z/90m', NOW), {
    kind: 'dead-letters',
    since: Date.parse('2026-11-29T05:00:00Z'),
    until: NOW - 1.5 * HOUR,
  })
  t.end()
})

t.test('what is another source is none of them', (t) => {
  for (const source of ['orders.ndjson', 'gs://published/24h', './published:24h', '-', 'unpublished:24h'])
    t.equal(recordedOf(source, NOW), undefined, source)
  t.end()
})

t.test('a time that is none, and a span that ends before it begins, are refused with their text', (t) => {
  t.throws(
    () => recordedOf('published:', NOW),
    /SINCE of published: is a time like .* or a span like 24h, but is ""/,
  )
  t.throws(() => recordedOf('published:24h/soon', NOW), /UNTIL of published:24h\/soon .*, but is "soon"/)
  t.throws(() => recordedOf('published:24', NOW), /but is "24"/)
  t.throws(
    () => recordedOf('published:1h/2h', NOW),
    /T18:00:00.000Z is not later than 2026-11-29T19:00:00.000Z/,
  )
  t.end()
})

interface Asked {
  readonly query: string
  readonly params: unknown
}

/** A record that has `counts` messages, one after the other, whenever it is asked how many. */
function recordOf(counts: number[], rows: readonly object[]) {
  const asked: Asked[] = []
  const warehouse = {
    name: (table: string) => `\`p.d.${table}\``,
    query: () =>
      Promise.resolve([{ messages: counts.length > 1 ? counts.shift() : counts[0], sum: '7' }] as never),
    async *rows(query: string, params: unknown) {
      asked.push({ query, params })
      yield* rows as never[]
    },
  }
  return { asked, warehouse }
}

const span = { since: NOW - 2.5 * HOUR, until: NOW }
const row = {
  message_id: '17',
  published: NOW * 1000 + 1,
  data: Buffer.from('{"event_type":"a"}'),
  attributes: '{"ce-source":"shop"}',
}

t.test('a portion is an hour, and a message is what it was', async (t) => {
  const { asked, warehouse } = recordOf([3], [row, { ...row, data: null, attributes: 'null' }])
  const { reads, portions } = await readingOf(await publishedMessages(span, { warehouse, eventType: 'a' }))
  t.equal(portions.length, 3)
  t.match(asked[0]!.params, {
    since: '2026-11-29T17:30:00.000Z',
    until: '2026-11-29T18:00:00.000Z',
    type: 'a',
  })
  t.match(asked[2]!.params, { since: '2026-11-29T19:00:00.000Z', until: '2026-11-29T20:00:00.000Z' })
  t.match(reads[0], {
    kind: 'record',
    json: row.data,
    message: {
      messageId: '17',
      publishTime: '2026-11-29T20:00:00.000001Z',
      attributes: { 'ce-source': 'shop' },
    },
  })
  t.match(reads[1], { json: Buffer.alloc(0), message: { attributes: {} } })
})

t.test('a time without messages has no portion', async (t) => {
  const { asked, warehouse } = recordOf([0], [])
  const { reads, portions } = await readingOf(await publishedMessages(span, { warehouse }))
  t.same([reads, portions, asked], [[], [], []])
})

t.test('a message that comes into the record while it is read stops the reading, and says so', async (t) => {
  const { warehouse } = recordOf([3, 4], [row])
  const { error } = await readingOf(await publishedMessages(span, { warehouse }))
  t.type(error, SourceError)
  t.match(error, {
    rule: 'changed',
    message: /had 3 messages when this began, and has 4: some came late\. Start it again/,
  })
})
