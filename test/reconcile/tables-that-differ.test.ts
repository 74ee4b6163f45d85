import { destination, parsePolicies } from '@tablestream/contract'
import t from 'tap'
import { landed, letterOf, open, rowOf } from './opened.ts'

const bodyOf = (type: string, id: string, more: object = {}) =>
  JSON.stringify({ event_type: type, event_id: id, ...more })

t.test('a table that does not fit is named, and the others are compared', async (t) => {
  const { put, make, ledger } = await open(t)
  const FOREIGN = {
    by_number: ['event_id:INTEGER,event_date:DATE', /by_number.*event_id.*INT64.*STRING/],
    by_text: [
      'event_id:STRING,event_date:DATE,_source:STRING,_fingerprint:STRING',
      /_fingerprint.*STRING.*INT64/,
    ],
    by_time: ['event_id:STRING,event_date:TIMESTAMP', /event_date.*TIMESTAMP.*DATE/],
    by_bytes: [
      'event_id:STRING,event_date:DATE,_source:BYTES,_fingerprint:INTEGER',
      /_source.*BYTES.*STRING/,
    ],
  } as const
  for (const [table, [schema]] of Object.entries(FOREIGN)) {
    await make(table, schema)
    await put('published_messages', rowOf(`in ${table}`, bodyOf(table, 'a')))
  }
  const good = bodyOf('truth_plain', 'a')
  await put('published_messages', rowOf('good', good), rowOf('lost', bodyOf('truth_plain', 'b')))
  await put('truth_plain', landed('a', good))
  const { accounts, missing, uncompared } = await ledger()
  t.match(accounts, [{ table: 'truth_plain', messages: 2, landed: 1, missing: 1 }])
  t.equal(accounts.length, 1)
  t.match(missing, [{ messageId: 'lost' }])
  const whys = Object.values(FOREIGN).map(([, why]) => why)
  t.equal(uncompared.length, whys.length)
  for (const why of whys)
    t.match(
      uncompared.filter((each) => why.test(each.why)),
      [{ messages: 1 }],
    )
})

t.test('a table whose columns somebody wrote in capitals is compared as any other', async (t) => {
  const { put, make, ledger } = await open(t)
  await make('in_capitals', 'EVENT_ID:STRING,Event_Date:DATE,_SOURCE:STRING,_Fingerprint:INTEGER')
  const [there, lost] = ['a', 'b'].map((id) => bodyOf('in_capitals', id)) as [string, string]
  await put('published_messages', rowOf('1', there), rowOf('2', lost))
  await put('in_capitals', landed('a', there))
  const { accounts, missing } = await ledger()
  t.match(accounts, [{ messages: 2, landed: 1, missing: 1, landedById: 0 }])
  t.match(missing, [{ messageId: '2' }])
})

t.test('the days of one type are read in its table, and in no other', async (t) => {
  const { put, make, ledger } = await open(t)
  await make('another', 'event_id:STRING,event_date:DATE,_source:STRING,_fingerprint:INTEGER', {
    timePartitioning: { type: 'DAY', field: 'event_date' },
  })
  const own = bodyOf('truth_plain', 'a')
  await put('published_messages', rowOf('1', own), rowOf('2', bodyOf('another', 'b')))
  await put('truth_plain', landed('a', own), landed('old', 'x', '2023-06-07'))
  await put('published_messages', rowOf('3', bodyOf('another', 'c', { timestamp: '2023-06-07T00:00:00Z' })))
  const before = await ledger()
  t.match(before.accounts, [{ table: 'another', messages: 2 }, { landed: 1 }])
  await put('truth_plain', landed('older', 'x', '2023-06-07'))
  t.equal((await ledger()).bytesRead, before.bytesRead)
  await put('another', landed('its own', 'x', '2023-06-07'))
  t.ok((await ledger()).bytesRead > before.bytesRead)
})

t.test('a row without a fingerprint stands for an event of its own source, and is told apart', async (t) => {
  const { put, ledger } = await open(t)
  const of = (caller: string) => ({ 'tablestream-caller': caller })
  await put(
    'published_messages',
    rowOf('x', bodyOf('truth_plain', 'a'), of('x')),
    rowOf('y', bodyOf('truth_plain', 'a', { n: 1 }), of('y')),
    rowOf('z', bodyOf('truth_plain', 'b'), of('z')),
  )
  const day = '2026-03-04'
  await put(
    'truth_plain',
    { event_id: 'a', event_date: day, _source: 'y', _fingerprint: null },
    { event_id: 'b', event_date: day, _source: null, _fingerprint: null },
  )
  const { accounts, missing } = await ledger()
  t.match(accounts, [{ messages: 3, landed: 2, missing: 1, landedById: 2 }])
  t.match(missing, [{ messageId: 'x', source: 'x' }])
})

t.test('a table without fingerprints is compared by the source where it has one', async (t) => {
  const { put, make, ledger } = await open(t)
  await make('without', 'event_id:STRING,event_date:DATE,_source:STRING')
  const of = (caller: string) => ({ 'tablestream-caller': caller })
  await put('published_messages', ...['x', 'y'].map((who) => rowOf(who, bodyOf('without', 'a'), of(who))))
  await put('without', { event_id: 'a', event_date: '2026-03-04', _source: 'y' })
  const { accounts, missing } = await ledger()
  t.match(accounts, [{ messages: 2, landed: 1, missing: 1, landedById: 1 }])
  t.match(missing, [{ messageId: 'x' }])
})

t.test('what never was an event collides with none', async (t) => {
  const { put, ledger } = await open(t)
  const bodies = [{ n: 'bad' }, { n: 1 }].map((more) => bodyOf('truth_plain', 'a', more))
  await put('published_messages', ...bodies.map((body, n) => rowOf(`m${n}`, body)))
  await put('truth_plain', landed('a', bodies[1]!))
  await put('dead_letters', letterOf('m0', bodies[0]!, 'invalid_event'))
  t.match(await ledger(), { accounts: [{ messages: 2, landed: 1, deadLettered: 1, collisions: 0 }] })
  t.same((await ledger()).collisions, [])

  const third = bodyOf('truth_plain', 'a', { n: 2 })
  await put('published_messages', rowOf('m2', third))
  await put('dead_letters', letterOf('m2', third, 'event_id_collision'))
  const { accounts, collisions } = await ledger()
  t.match(accounts, [{ messages: 3, landed: 1, deadLettered: 2, collisions: 1 }])
  t.match(collisions, [{ contents: 2, messages: 2 }])
  t.same(collisions[0]!.messageIds.toSorted(), ['m1', 'm2'])
})

t.test('only in a table with the key of upserts an event takes the place of another', async (t) => {
  const { put, make, ledger } = await open(t)
  const columns = 'event_id:STRING,event_date:DATE,_source:STRING,_fingerprint:INTEGER'
  const keyed = (...names: string[]) => ({ tableConstraints: { primaryKey: { columns: names } } })
  const type = 'truth_lamp'
  await make('other_key', columns, keyed('event_id'))
  for (const each of [type, 'other_key']) {
    const bodies = [1, 2].map((n) => bodyOf(each, 'a', { n }))
    await put('published_messages', ...bodies.map((body, n) => rowOf(`${each === type ? 1 : 2}${n}`, body)))
    await put(destination(each).table, landed('a', bodies[1]!))
  }
  t.match((await ledger()).accounts, [
    { table: 'other_key', landed: 1, replaced: 0, missing: 1, collisions: 1 },
    { table: destination(type).table, landed: 1, replaced: 1, missing: 0, collisions: 0 },
  ])
  // the table keeps its key where the policy is another one by now
  const policies = parsePolicies('{"truth_lamp":{"duplicates":"view"}}')
  t.match((await ledger({ policies })).accounts, [
    {},
    { table: destination(type).table, landed: 1, replaced: 0, missing: 1, collisions: 1 },
  ])
})
