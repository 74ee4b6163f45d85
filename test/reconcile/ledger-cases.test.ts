import t from 'tap'
import { decodeMessage } from '@tablestream/contract'
import { hardMessagesQuery, keysQuery, typesAndDaysQuery } from '@tablestream/ledger'
import { letterOf, open, rowOf } from './opened.ts'

t.test('a key with an escape is hard only where its letter may be one of ours', async (t) => {
  const { name, put, query } = await open(t)
  await put(
    'published_messages',
    rowOf('umlauts', String.raw`{"event_type":"x","gr\u00f6\u00dfe":1,"\u4f60":2}`),
    rowOf('a value', String.raw`{"event_type":"x","a":"\u0041"}`),
    rowOf('ours', String.raw`{"event_\u0074ype":"x"}`),
    rowOf('ours in capitals', String.raw`{"\u006Frder_date":"2026-03-04"}`),
  )
  const hard = await query(hardMessagesQuery(name, 'TRUE'))
  t.same(hard.map((row) => String(row['message_id'])).toSorted(), ['ours', 'ours in capitals'])
})

t.test('a type that is no text, or blank, is none: in the account as what it is to JavaScript', async (t) => {
  const { name, put, query, ledger } = await open(t)
  const types = [5, -0.5, 1e21, true, null, ['x'], { a: 1 }, '', ' ', '\t \u00a0\ufeff']
  const named = ['5', '-0.5', 'true', 'null', '1e+21', '[]', ' x ', 'x\u00a0', '\u200b', '\u180e']
  const all = [...types, ...named]
  const rows = all.map((type, n) => rowOf(String(n), JSON.stringify({ event_type: type })))
  await put('published_messages', ...rows, rowOf('exponent', '{"event_type":1E3}'))
  const asRead = await query(typesAndDaysQuery(keysQuery(name, [])))
  const counts = new Map<string, number>()
  for (const { event_type: type, messages } of asRead)
    counts.set(String(type), (counts.get(String(type)) ?? 0) + Number(messages))
  t.same(
    counts,
    new Map<string, number>([['', types.length + 1], ...named.map((type) => [type, 1] as const)]),
  )
  const data = (text: string) => ({
    data: Buffer.from(text),
    attributes: {},
    messageId: '1',
    publishTime: '',
  })
  for (const type of all) {
    const { outcome } = decodeMessage(data(JSON.stringify({ event_type: type })))
    t.equal(outcome, named.includes(type as string) ? 'event' : 'rejected', JSON.stringify(type))
  }
  const { accounts } = await ledger()
  t.match(
    accounts.find(({ eventType }) => eventType === ''),
    { messages: types.length + 1 },
  )
})

t.test('what is no day brings no row of its own', async (t) => {
  const { name, put, query } = await open(t)
  const times = ['1732875123456', '1732875123999', 'some text', '01JDWZ3K6Q0000000000000000', '2026-03-01']
  await put(
    'published_messages',
    ...times.map((time, n) => rowOf(String(n), JSON.stringify({ event_type: 'x', timestamp: time }))),
  )
  const days = (await query(typesAndDaysQuery(keysQuery(name, [])))).map((row) => String(row['day']))
  t.same(days.toSorted(), ['2026-03-01', '2026-03-04'])
})

t.test('a message without data is in the account as well', async (t) => {
  const { put, ledger } = await open(t)
  await put('published_messages', rowOf('1', null), rowOf('2', ''))
  const { accounts, missing } = await ledger()
  t.match(accounts, [{ messages: 2, missing: 2 }])
  t.equal(accounts.length, 1)
  t.same(missing.map(({ messageId }) => messageId).toSorted(), ['1', '2'])
})

t.test('a dead letter of which a part is not there is no end of its message', async (t) => {
  const { put, ledger } = await open(t)
  const part = (of: string, n: number): object =>
    letterOf(of, 'x', 'row_refused', { 'dead-letter-part': String(n), 'dead-letter-parts': '2' })
  await put('published_messages', rowOf('whole', 'one'), rowOf('half', 'other'))
  await put('dead_letters', part('whole', 1), part('whole', 2), part('half', 1), part('half', 1))
  const { accounts, missing } = await ledger()
  t.match(accounts, [{ messages: 2, deadLettered: 1, missing: 1 }])
  t.match(missing, [{ messageId: 'half' }])
})
