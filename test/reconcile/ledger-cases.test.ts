import t from 'tap'
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
