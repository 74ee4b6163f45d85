import { parsePolicies, type Message } from '@tablestream/contract'
import { column, type JsonObject } from '@tablestream/table-schema'
import t from 'tap'
import { TableRequests } from '../../src/requests/table-requests.ts'
import { schemaOf } from '../fake-write-path.ts'

const HOUR = 3_600_000
const event = (fields: object): JsonObject => ({ event_type: 'x', ...fields })
const message = (id: string, fields: object): Message => ({
  data: Buffer.from(JSON.stringify(event(fields))),
  attributes: {},
  messageId: id,
  publishTime: '2026-01-01T00:00:00Z',
})

/** Requests for a table `x`, recorded by the ids of the messages that ask. */
function requestsWith(policies = '', takes: () => boolean = () => true) {
  const sent: string[] = []
  const clock = { now: 0 }
  const requests = new TableRequests({
    table: 'x',
    policy: parsePolicies(policies).of('x'),
    contract: [],
    ask(_, { messageId }) {
      sent.push(messageId)
      return Promise.resolve(takes())
    },
    now: () => clock.now,
  })
  const lacks = (id: string, fields: object) => requests.lacks(message(id, fields), event(fields))
  /** As a lane does it while events wait: it asks the write path every other second. */
  const wait = (ms: number) => {
    for (const end = clock.now + ms; clock.now < end; clock.now += 2000) requests.repeat()
  }
  return { requests, sent, clock, lacks, wait }
}

t.test('a shape is asked for once, by the first event that has it', (t) => {
  const { requests, sent, lacks } = requestsWith()
  requests.told(schemaOf())
  lacks('a', { n: 1 })
  lacks('b', { n: 2 })
  lacks('c', { n: 3, m: 'text' })
  lacks('d', { m: 'other', n: 4 })
  t.same(sent, ['a', 'c'])
  t.end()
})

t.test('a table that is not there is asked for once, and the shapes of those that come behind', (t) => {
  const { requests, sent, lacks } = requestsWith()
  requests.told(undefined)
  for (let n = 0; n < 100; n++) lacks(`a${n}`, { n })
  lacks('b', { m: 1 })
  requests.told(undefined)
  lacks('c', { m: 1 })
  t.same(sent, ['a0', 'b'])
  t.end()
})

t.test('it is asked again, more and more slowly, until the write path knows it', (t) => {
  const { requests, sent, lacks, wait } = requestsWith()
  requests.told(schemaOf())
  lacks('a', { n: 1 })
  wait(60_000)
  t.ok(sent.length >= 3 && sent.length <= 6, `${sent.length} in a minute`)
  requests.told(schemaOf(column('n', 'INT64')))
  const asked = sent.length
  wait(HOUR)
  t.equal(sent.length, asked, 'and then no more')
  t.end()
})

t.test('a manager that is down for an hour is asked a few times, one for a day not a thousand times', (t) => {
  const { requests, sent, lacks, wait } = requestsWith()
  requests.told(undefined)
  lacks('a', { n: 1 })
  wait(HOUR)
  t.ok(sent.length >= 6 && sent.length <= 20, `${sent.length} in an hour`)
  for (let n = 0; n < 24; n++) {
    lacks(`a${n}`, { n: 1 })
    wait(HOUR)
  }
  t.ok(sent.length <= 300, `${sent.length} in a day`)
  t.end()
})

t.test('Pub/Sub that takes no request is asked again', (t) => {
  const { requests, sent, lacks, wait } = requestsWith('', () => false)
  requests.told(schemaOf())
  lacks('a', { n: 1 })
  wait(20_000)
  t.ok(sent.length >= 2)
  t.end()
})

t.test('what the table got in another form is asked for no more', (t) => {
  const { requests, sent, lacks, wait } = requestsWith()
  requests.told(schemaOf())
  lacks('a', { n: 1 })
  requests.told(schemaOf(column('n', 'STRING')))
  wait(HOUR)
  t.same(sent, ['a'], 'its value is a conflict now')
  t.end()
})

t.test('of what was asked, only what has not come is asked for again', (t) => {
  const { requests, sent, lacks, wait } = requestsWith()
  requests.told(schemaOf())
  lacks('a', { n: 1 })
  lacks('b', { m: 1 })
  requests.told(schemaOf(column('n', 'INT64')))
  lacks('c', { m: 2 })
  wait(12_000)
  t.same(sent, ['a', 'b', 'b'])
  t.end()
})

t.test('a table that is dropped is asked for again', (t) => {
  const { requests, sent, lacks } = requestsWith()
  requests.told(undefined)
  lacks('a', { n: 1 })
  requests.told(schemaOf(column('n', 'INT64')))
  requests.told(undefined)
  lacks('b', { n: 2 })
  t.same(sent, ['a', 'b'])
  t.end()
})

t.test('a table that others made or changed is told of once, by an event that landed', (t) => {
  const { requests, sent, lacks } = requestsWith()
  requests.told(schemaOf())
  requests.landed(message('first', {}))
  requests.landed(message('second', {}))
  t.same(sent, ['first'], 'it may lack its view or its key')
  lacks('a', { n: 1 })
  requests.told(schemaOf(column('n', 'INT64')))
  requests.landed(message('third', {}))
  t.same(sent, ['first', 'a'], 'what we asked for is no news')
  requests.told(schemaOf(column('n', 'INT64'), column('theirs', 'INT64')))
  requests.landed(message('fourth', {}))
  t.same(sent, ['first', 'a', 'fourth'])
  t.end()
})

t.test('rows that the write path refuses for the form of their table ask until some land', (t) => {
  const { requests, sent, wait } = requestsWith('{"x":{"duplicates":"upsert"}}')
  requests.told(schemaOf())
  requests.objected(message('a', {}))
  requests.objected(message('b', {}))
  wait(12_000)
  t.same(sent, ['a', 'a'])
  requests.landed(message('c', {}))
  wait(HOUR)
  t.same(sent, ['a', 'a', 'c'], 'and the table is told of as any other that was met')
  t.end()
})

t.test('what a policy freezes is not asked for', (t) => {
  const { requests, sent, lacks } = requestsWith('{"x":{"columns":"freeze"}}')
  requests.told(undefined)
  lacks('a', { n: 1 })
  requests.told(schemaOf(column('n', 'INT64')))
  lacks('b', { m: 1 })
  t.same(sent, ['a'])
  t.end()
})

t.test('in quarantine as many different events ask as the policy wants, then one now and then', (t) => {
  const { requests, sent, clock } = requestsWith('{"x":{"quarantine":{"events":3}}}')
  const asks = (id: string, fields: object = { n: 1 }) =>
    requests.lacksAdmission(message(id, fields), event(fields), id)
  requests.told(schemaOf())
  for (const id of ['a', 'a', 'b', 'a', 'c', 'd', 'e']) asks(id)
  t.same(sent, ['a', 'b', 'c'], 'one that is written again asks once')
  asks('other', { m: 1 })
  clock.now += 20_000
  asks('f')
  asks('g')
  t.same(sent, ['a', 'b', 'c', 'other', 'f'])
  asks('fits', {})
  t.equal(sent.length, 5)
  t.end()
})

t.test('a request in quarantine that Pub/Sub did not take goes with the next', async (t) => {
  let takes = false
  const { requests, sent } = requestsWith('{"x":{"quarantine":{"events":3}}}', () => takes)
  const asks = (id: string) => requests.lacksAdmission(message(id, { n: 1 }), event({ n: 1 }), id)
  requests.told(schemaOf())
  asks('a')
  await Promise.resolve()
  takes = true
  asks('b')
  t.same(sent, ['a', 'a', 'b'])
})
