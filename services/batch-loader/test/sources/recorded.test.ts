import t from 'tap'
import { SourceError } from '../../src/formats/index.ts'
import { deadLetters } from '../../src/sources/dead-letters.ts'
import { publishedMessages } from '../../src/sources/published-messages.ts'
import { recordedOf } from '../../src/sources/recorded-span.ts'
import { readingOf } from '../formats/reading.ts'

const NOW = Date.parse('2026-11-29T20:00:00Z')
const HOUR = 3_600_000

t.test('a span of time is told by times or by how long ago they were', (t) => {
  t.same(recordedOf('published:24h', NOW), {
    kind: 'published',
    since: NOW - 24 * HOUR,
    until: NOW - HOUR / 12,
  })
  t.match(recordedOf('published:24h/0m', NOW), { until: NOW })
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
  const local = '2026-11-29T05:00:00'
  t.throws(() => recordedOf(`published:${local}`, NOW), /but is "2026-11-29T05:00:00"/, 'of no zone')
  t.match(recordedOf(`published:${local}+02:00`, NOW), { since: Date.parse('2026-11-29T03:00:00Z') })
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

interface Span {
  readonly since: string
  readonly until: string
}

/** A record that has a message in each of the hours that begin at these times: those of the first list, and then of the next, … */
function recordOf(hours: (readonly number[])[], rows: readonly object[]) {
  const counted: Span[] = []
  const asked: Asked[] = []
  const warehouse = {
    name: (table: string) => `\`p.d.${table}\``,
    query: (_: string, params: unknown) => {
      const { since, until } = params as Span
      counted.push({ since, until })
      const now = hours.length > 1 ? hours.shift()! : hours[0]!
      const found = now.filter((hour) => hour + HOUR > Date.parse(since) && hour < Date.parse(until))
      return Promise.resolve(found.map((hour) => ({ hour, messages: 1, sum: '7' })) as never)
    },
    async *rows(query: string, params: unknown) {
      asked.push({ query, params })
      yield* rows as never[]
    },
  }
  return { asked, counted, warehouse }
}

const span = { since: NOW - 2.5 * HOUR, until: NOW }
const row = {
  message_id: '17',
  published: NOW * 1000 + 1,
  data: Buffer.from('{"event_type":"a"}'),
  attributes: '{"ce-source":"shop"}',
}

const ALL = [NOW - 3 * HOUR, NOW - 2 * HOUR, NOW - HOUR]

t.test('a portion is an hour, and a message is what it was', async (t) => {
  const { asked, warehouse } = recordOf([ALL], [row, { ...row, data: null, attributes: 'null' }])
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

t.test(
  'hours without messages are no portions, and behind a portion its own hours alone are counted',
  async (t) => {
    const { asked, counted, warehouse } = recordOf([[NOW - 2000 * HOUR, NOW - HOUR]], [row])
    const object = await publishedMessages(
      { since: NOW - 9000 * HOUR, until: NOW + 9000 * HOUR },
      { warehouse },
    )
    const { portions } = await readingOf(object)
    t.equal(portions.length, 2)
    t.match(asked[1]!.params, { since: '2026-11-29T19:00:00.000Z' })
    t.same(
      counted.map(({ since }) => since),
      ['2025-11-19T20:00:00.000Z', '2025-11-19T20:00:00.000Z', '2026-11-29T19:00:00.000Z'],
    )
    t.equal(counted[1]!.until, '2026-11-29T19:00:00.000Z')
    t.equal(counted[2]!.until, counted[0]!.until)
  },
)

t.test('a time without messages has no portion', async (t) => {
  const { asked, warehouse } = recordOf([[]], [])
  const { reads, portions } = await readingOf(await publishedMessages(span, { warehouse }))
  t.same([reads, portions, asked], [[], [], []])
})

t.test('a message that comes into the record while it is read stops the reading, and says so', async (t) => {
  const { warehouse } = recordOf([ALL.slice(0, 2), ALL], [row])
  const { error } = await readingOf(await publishedMessages(span, { warehouse }))
  t.type(error, SourceError)
  t.match(error, {
    rule: 'changed',
    message: /had 1 messages when this began, and has 2: some came late.*\. Start it again/,
  })
})

t.test('a dead letter that lacks a part is told, and those behind it are read', async (t) => {
  const letter = { ...row, dead_letter_id: 'l1', message_id: '17', parts: 1 }
  const warehouse = {
    name: (table: string) => table,
    query: (query: string) =>
      Promise.resolve(
        (query.startsWith('SELECT UNIX_MILLIS')
          ? [{ hour: NOW - HOUR, messages: 2, sum: '7' }]
          : [{ data: Buffer.from('{"a'), attributes: null }]) as never,
      ),
    async *rows() {
      yield* [{ ...letter, message_id: '16', parts: 2 }, letter] as never[]
    },
  }
  const { reads, broken, error } = await readingOf(await deadLetters(span, { warehouse }))
  t.equal(error, undefined)
  t.match(broken, [{ rule: 'parts', reason: 'of the 2 parts of dead letter 16, 1 are there' }])
  t.match(reads[1], { kind: 'record', message: { messageId: '17' } })
})
