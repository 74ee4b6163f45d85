import { destination } from '@tablestream/contract'
import t from 'tap'
import { many } from '../long-tests.ts'
import { landed, letterOf, open, PUBLISHED, rowOf } from './opened.ts'

const COLUMNS = 'event_id:STRING,event_date:DATE,_source:STRING,_fingerprint:INTEGER'

t.test('types and ids of control characters take no room in a request', { timeout: 480_000 }, async (t) => {
  const { put, ledger } = await open(t)
  const long = String.raw`\u0001`.repeat(1015)
  // a type with NUL is read by JavaScript, one without it by SQL
  // written with escapes what JavaScript reads of them is more than its 5 MB of a request
  const bodies = Array.from({ length: many(900, 450) }, (_, n) =>
    ['\\u0000', ''].map(
      (nul, kind) => `{"event_type":"${n % 9}${n}${nul}${long}","event_id":"${kind}${long}${long}"}`,
    ),
  ).flat()
  for (let at = 0; at < bodies.length; at += 300)
    await put('published_messages', ...bodies.slice(at, at + 300).map((body, n) => rowOf(`h${at + n}`, body)))
  const good = '{"event_type":"truth_plain","event_id":"a"}'
  await put('published_messages', rowOf('good', good))
  await put('truth_plain', landed('a', good))
  const { accounts, missing, uncompared } = await ledger({ most: 5000 })
  t.match(
    accounts.find(({ table }) => table === 'truth_plain'),
    { messages: 1, landed: 1 },
  )
  t.equal(missing.length, bodies.length)
  t.same(uncompared, [])
})

t.test('events whose id is written as SQL does not read it are found, however many there are', async (t) => {
  const { put, ledger } = await open(t)
  const body = (n: number) => `{"event_type":"truth_plain","event_id":1${n}e17}`
  const numbers = Array.from({ length: 4200 }, (_, n) => n)
  const id = (n: number) => String(Number(`1${n}e17`))
  await put('published_messages', ...numbers.map((n) => rowOf(`m${n}`, body(n))))
  await put('truth_plain', ...numbers.slice(1).map((n) => landed(n < 1000 ? id(n) : `m${n}`, body(n))))
  const { accounts, missing } = await ledger()
  t.match(accounts, [{ messages: 4200, landed: 4199, missing: 1 }])
  t.match(missing, [{ messageId: 'm0' }])
})

t.test('times at the ends of the calendar, beside which there is no day, are compared', async (t) => {
  const { put, ledger } = await open(t)
  const times = ['0001-01-01T00:00:00+23:59', '9999-12-31T23:59:59-23:59', '2026-01-01T00:00:00+05:30']
  const body = (time: string) => `{"event_type":"truth_plain","event_id":"${time}","timestamp":"${time}"}`
  await put('published_messages', ...times.map((time, n) => rowOf(`m${n}`, body(time))))
  await put('truth_plain', ...times.slice(1).map((time) => landed(time, body(time))))
  const { accounts, missing } = await ledger()
  t.match(accounts, [{ messages: 3, landed: 2, missing: 1 }])
  t.match(missing, [{ messageId: 'm0' }])
})

t.test('numbers of very many digits are ids where JavaScript takes them for ids', async (t) => {
  const { put, ledger } = await open(t)
  const body = (id: string) => `{"event_type":"truth_plain","event_id":${id}}`
  // the shortest text of a double is 1e+23, and of a number from 10^21 on that is no id; the others are bigints
  const ids: [id: string, stored: string][] = [
    ['100000000000000000000000', 'm0'],
    ['-1000000000000000000000', 'm1'],
    ['100000000000000000001', '100000000000000000001'],
    ['999999999999999999999', '999999999999999999999'],
    ['123456789012345678901234', '123456789012345678901234'],
    ['100000000000000000000', '100000000000000000000'],
    // whole for a double alone
    [`0.${'0'.repeat(400)}1`, 'm6'],
    ['1.00000000000000000001', 'm7'],
    ['1234567.0000000001', 'm8'],
    ['-1234567.00000001', 'm9'],
  ]
  await put('published_messages', ...ids.map(([id], n) => rowOf(`m${n}`, body(id))))
  await put('truth_plain', ...ids.map(([id, stored]) => landed(stored, body(id))))
  const { accounts, missing } = await ledger()
  t.same(missing, [])
  t.match(accounts, [{ messages: ids.length, landed: ids.length }])
})

t.test('what finds no room in a request is told to be not compared, and the rest is', async (t) => {
  const { put, ledger } = await open(t)
  const good = '{"event_type":"truth_plain","event_id":"a"}'
  const odd = (n: number) => `{"event_type":"truth_plain","event_id":${n}.0e2}`
  await put('published_messages', rowOf('good', good), rowOf('lost', `${good} `))
  // JavaScript and SQL read of these the same
  await put('published_messages', ...[1, 2, 3].map((n) => rowOf(`agreed ${n}`, odd(n))))
  await put('truth_plain', landed('a', good), ...[1, 2, 3].map((n) => landed(`${n}00`, odd(n))))
  t.match(await ledger(), { accounts: [{ messages: 5, landed: 4, missing: 1 }], uncompared: [] })

  const strange = (n: number) => `{"event_type":"truth_plain","event_id":${n}e17}`
  await put('published_messages', ...Array.from({ length: 100 }, (_, n) => rowOf(`s${n}`, strange(n + 1))))
  const { accounts, missing, uncompared } = await ledger({ requestBytes: 1000 })
  t.equal(uncompared.length, 1)
  t.match(uncompared[0]!.why, /written/)
  t.ok(uncompared[0]!.messages > 50)
  const [account] = accounts
  t.equal(account!.messages + uncompared[0]!.messages, 105)
  t.match(account, { missing: account!.messages - account!.landed })
  t.ok(missing.some(({ messageId }) => messageId === 'lost'))
})

t.test('an id with control characters is told apart, and shown without them', async (t) => {
  const { put, ledger } = await open(t)
  const bodies = ['\\u0007', '\\u0008'].map((c) => `{"event_type":"truth_plain","event_id":"a${c}b"}`)
  await put('published_messages', ...bodies.map((body, n) => rowOf(`m${n}`, body)))
  await put('truth_plain', landed('a\u0008b', bodies[1]!))
  const { accounts, missing, collisions } = await ledger()
  t.match(accounts, [{ messages: 2, landed: 1, missing: 1, collisions: 0 }])
  t.match(missing, [{ eventId: 'a?b', messageId: 'm0' }])
  t.same(collisions, [])
})

t.test('types that look alike have accounts of their own', async (t) => {
  const { put, make, ledger } = await open(t)
  const types = ['Page-View', 'page_view', 'ORDER', 'Order ', 'INFORMATION_SCHEMA', 'x'.repeat(300)]
  const body = (type: string) => JSON.stringify({ event_type: type, event_id: 'same' })
  for (const [n, type] of types.entries()) {
    await make(destination(type).table, COLUMNS)
    await put('published_messages', rowOf(`m${n}`, body(type)))
    if (n > 0) await put(destination(type).table, landed('same', body(type)))
  }
  const { accounts, missing } = await ledger()
  t.same(
    new Map(accounts.map(({ eventType, landed: rows }) => [eventType, rows])),
    new Map(types.map((type, n) => [type, n > 0 ? 1 : 0])),
  )
  t.equal(accounts.length, types.length)
  t.match(missing, [{ eventType: 'Page-View', messageId: 'm0' }])
})

t.test('an object with a key twice is the dead letter that it is', async (t) => {
  const { put, ledger } = await open(t)
  const twice = '{"event_type":"truth_plain","event_id":"a","event_id":"b"}'
  await put('published_messages', rowOf('1', twice), rowOf('2', `${twice} `))
  await put('dead_letters', letterOf('1', twice, 'duplicate_key'))
  const { accounts, missing } = await ledger()
  t.match(accounts, [{ messages: 2, deadLettered: 1, missing: 1 }])
  t.match(missing, [{ messageId: '2' }])
})

t.test('a message of which the record has no attributes at all is compared as one without any', async (t) => {
  const { put, ledger } = await open(t)
  const bodies = [
    '{"event_type":"truth_plain","event_id":3e17}',
    '{"event_type":"truth_plain","event_id":"a"}',
  ]
  await put('published_messages', ...bodies.map((body, n) => ({ ...rowOf(`m${n}`, body), attributes: null })))
  await put('truth_plain', landed(String(3e17), bodies[0]!), landed('a', bodies[1]!))
  t.match(await ledger(), { accounts: [{ messages: 2, landed: 2, missing: 0 }], uncompared: [] })
})

t.test('what is no event has its place taken by none', async (t) => {
  const { put, ledger } = await open(t)
  const later = '{"event_type":"truth_lamp","event_id":"a","n":1}'
  const noEvents = {
    'an id twice': String.raw`{"event_type":"truth_lamp","event_id":"a","event_\u0069d":"b"}`,
    'a number twice': String.raw`{"event_type":"truth_lamp","event_\u0069d":"a","n":1,"n":1}`,
  }
  const messages = Object.entries(noEvents).map(([id, data]) => rowOf(id, data))
  await put('published_messages', ...messages, rowOf('later', later, {}, PUBLISHED + 1))
  await put(destination('truth_lamp').table, landed('a', later))
  const { accounts, missing } = await ledger()
  t.equal(
    accounts.reduce((sum, each) => sum + each.missing, 0),
    messages.length,
  )
  t.same(missing.map(({ messageId }) => messageId).toSorted(), Object.keys(noEvents).toSorted())
})
