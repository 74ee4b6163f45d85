import { decodeMessage } from '@tablestream/contract'
import fc from 'fast-check'
import t from 'tap'
import { keysOf } from '@tablestream/archiver'
import { landed, open, PUBLISHED, rowOf } from './opened.ts'

const DAY_MS = 86_400_000
const dayOf = (days: number): string => new Date(PUBLISHED + days * DAY_MS).toISOString().slice(0, 10)

t.test('an event that is sent again on another day is found, whatever looks like a day in it', async (t) => {
  const { put, ledger } = await open(t)
  const odd = {
    order: { order_date: `${dayOf(20)}T00:00:00Z` },
    sale: { fecreg: dayOf(20) },
    local: { timestamp: `${dayOf(-4)}T10:00:00` },
    impossible: { event_date: '2026-02-30' },
    second: { timestamp: '1999-01-01T00:00:00Z', event_time: `${dayOf(-4)}T10:00:00Z` },
    far: { timestamp: `${dayOf(364)}T10:00:00Z` },
  }
  for (const [id, fields] of Object.entries(odd)) {
    const body = JSON.stringify({ event_type: 'truth_plain', event_id: id, ...fields })
    await put('published_messages', rowOf(`m ${id}`, body))
    await put('truth_plain', landed(id, body, dayOf(-1)))
  }
  const { accounts, missing } = await ledger()
  t.same(missing, [])
  t.match(accounts, [{ landed: 6, missing: 0 }])
})

t.test(
  'of ten thousand events that are sent again on another day each is found, whatever else is lost',
  async (t) => {
    const { put, ledger } = await open(t)
    const bodies = Array.from({ length: 10_100 }, (_, n) =>
      JSON.stringify({ event_type: 'truth_plain', event_id: `${n}` }),
    )
    await put('published_messages', ...bodies.map((body, n) => rowOf(`m ${n}`, body, {}, PUBLISHED + 60_000)))
    await put('truth_plain', ...bodies.map((body, n) => landed(`${n}`, body, dayOf(-1))))
    const lost = JSON.stringify({ event_type: 'truth_plain', event_id: 'lost', event_date: dayOf(0) })
    await put(
      'published_messages',
      rowOf('m lost', lost),
      rowOf('m nowhere', '{"event_type":"truth_plain","event_id":"nowhere"}'),
    )
    const { accounts, missing } = await ledger()
    t.same(missing.map(({ eventId }) => eventId).toSorted(), ['lost', 'nowhere'])
    t.match(accounts, [{ landed: 10_100, missing: 2 }])
  },
)

const texts = fc.constantFrom(
  ...[-3700, -3650, -3649, -3648, -10, 0, 1, 300, 364, 365, 366].map(dayOf),
  '2026-02-30',
  '2024-02-29',
  'soon',
  '',
)
const times = fc.oneof(
  texts,
  fc
    .tuple(
      texts,
      fc.constantFrom('T', 't', ' ', 'x'),
      fc.constantFrom('10:00:00', '24:00:00', '23:59:60', '23:30:00.5', '00:10:00.1234567', '1:00:00'),
      fc.constantFrom('Z', 'z', '', ' UTC', '+02:00', '-23:59', '+24:00', '+0200'),
    )
    .map((parts) => parts.join('')),
)
const event = fc.record(
  {
    event_type: fc.constantFrom('truth_plain', 'order', 'auction_sale', 'purchase'),
    event_date: times,
    timestamp: fc.oneof(times, fc.constant(5)),
    event_timestamp: times,
    event_time: times,
    occurred_at: times,
    order_date: times,
    fecreg: times,
  },
  { requiredKeys: ['event_type'] },
)

t.test(
  'where SQL says that bytes tell their day, JavaScript takes it, whenever they are published',
  async (t) => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
    t.comment(`SEED=${seed}`)
    const { put, query, name } = await open(t)
    const events = fc.sample(event, { seed, numRuns: 1500 })
    await put('published_messages', ...events.map((each, n) => rowOf(String(n), JSON.stringify(each))))
    const rows = await query(
      `SELECT message_id, has_no_day FROM (${keysOf(name('published_messages'), 'TRUE')})`,
    )
    t.equal(rows.length, events.length)
    const dated = rows.filter((row) => row['has_no_day'] === false).map((row) => Number(row['message_id']))
    t.ok(dated.length > 50, 'some tell their day')
    for (const index of dated) {
      const days = [0, -1, -30].map((offset) => {
        const publishTime = new Date(PUBLISHED + offset * DAY_MS).toISOString()
        const data = Buffer.from(JSON.stringify(events[index]))
        const decoded = decodeMessage({ data, attributes: {}, messageId: 'm', publishTime })
        return decoded.outcome === 'event' ? decoded.eventDate : decoded.reason
      })
      if (new Set(days).size > 1) t.fail(`${JSON.stringify(events[index])} is of ${days.join(', ')}`)
    }
  },
)
