import { setImmediate as turn } from 'node:timers/promises'
import { parsePolicies } from '@tablestream/contract'
import { column } from '@tablestream/table-schema'
import t from 'tap'
import { Admissions } from '../../src/requests/admissions.ts'
import { Hopes } from '../../src/requests/hopes.ts'
import { TableRequests } from '../../src/requests/table-requests.ts'
import { schemaOf } from '../fake-write-path.ts'
import { item } from '../lane/lane-with.ts'
import { event, message, requestsWith } from './requests-with.ts'

const HOUR = 3_600_000

t.test('a shape is asked for once, by the first event that has it', (t) => {
  const { sent, lacks, told } = requestsWith()
  told(schemaOf())
  lacks('a', { n: 1 })
  lacks('b', { n: 2 })
  lacks('c', { n: 3, m: 'text' })
  lacks('d', { m: 'other', n: 4 })
  t.same(sent, ['a', 'c'])
  t.end()
})

t.test(
  'a table that lacks very many columns asks for some at once and the others by and by, each of them',
  (t) => {
    const { sent, lacks, told, wait, clock } = requestsWith()
    told(schemaOf())
    for (let n = 0; n < 200; n++) lacks(`a${n}`, { [`c${n}`]: n })
    const asked = [sent.length]
    while (asked.at(-1)! < 200 && clock.now < 60_000) {
      wait(2000)
      asked.push(new Set(sent).size)
    }
    t.equal(asked[0], 50)
    t.same(asked.at(-1), 200)
    t.ok(clock.now <= 10_000, `${clock.now} ms`)
    t.ok(asked.slice(1).every((count, at) => count - asked[at]! <= 40))
    t.end()
  },
)

t.test('a table that is not there is asked for once, and the shapes of those that come behind', (t) => {
  const { sent, lacks, told } = requestsWith()
  told(undefined)
  for (let n = 0; n < 100; n++) lacks(`a${n}`, { n })
  lacks('b', { m: 1 })
  told(undefined)
  lacks('c', { m: 1 })
  t.same(sent, ['a0', 'b'])
  t.end()
})

t.test(
  'a value that a column could be made for, too, is told before it is made for the others alone',
  (t) => {
    for (const before of [undefined, schemaOf()]) {
      const { sent, lacks, told } = requestsWith()
      told(before)
      lacks('day', { day: '2026-03-01', days: ['2026-03-01'] })
      lacks('text', { day: 'soon' })
      lacks('other text', { day: 'later' })
      lacks('texts', { days: ['soon'] })
      lacks('number', { day: 5 })
      t.same(sent, ['day', 'text', 'texts'], 'and nobody asks for what no type holds')
    }
    t.end()
  },
)

t.test('a value that does not fit a column that is there asks for nothing', (t) => {
  const { sent, lacks, told } = requestsWith()
  told(schemaOf(column('day', 'DATE')))
  lacks('a', { n: 1, m: 1 })
  lacks('b', { n: 1, day: 'soon' })
  t.same(sent, ['a'])
  t.end()
})

t.test('it is asked again, more and more slowly, until the write path knows it', (t) => {
  const { sent, lacks, wait, told } = requestsWith()
  told(schemaOf())
  lacks('a', { n: 1 })
  wait(60_000)
  t.ok(sent.length >= 3 && sent.length <= 6, `${sent.length} in a minute`)
  told(schemaOf(column('n', 'INT64')))
  const asked = sent.length
  wait(HOUR)
  t.equal(sent.length, asked, 'and then no more')
  t.end()
})

t.test('a manager that is down for an hour is asked a few times, one for a day not a thousand times', (t) => {
  const { sent, lacks, wait, told } = requestsWith()
  told(undefined)
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
  const { sent, lacks, wait, told } = requestsWith('', () => false)
  told(schemaOf())
  lacks('a', { n: 1 })
  wait(20_000)
  t.ok(sent.length >= 2)
  t.end()
})

t.test(
  'what somebody asked for together with what is refused is asked for by those who need it, soon',
  (t) => {
    const { sent, lacks, wait, told } = requestsWith()
    told(schemaOf())
    lacks('mixed', { good: 1, refused: 1 })
    for (let n = 0; n < 1000; n++) lacks(`good${n}`, { good: n })
    t.same(sent, ['mixed'])
    wait(20_000)
    t.equal(sent.filter((id) => id === 'good0').length, 1, 'the first of them asks, within seconds')
    t.same(new Set(sent), new Set(['mixed', 'good0']))
    t.end()
  },
)

t.test('events that ask for what nobody makes, in any number, keep no other from asking', (t) => {
  const { sent, lacks, wait, told } = requestsWith()
  told(schemaOf())
  for (let n = 0; n < 3000; n++) lacks(`bad${n}`, { [`refused${n}`]: 1 })
  wait(60_000)
  lacks('good', { good: 1 })
  t.equal(sent.at(-1), 'good')
  t.end()
})

t.test('what no event waits for any more is asked for no more', (t) => {
  const { sent, lacks, wait, told, ends } = requestsWith()
  told(schemaOf())
  lacks('a', { n: 1 })
  lacks('b', { m: 1 })
  wait(60_000)
  ends('a')
  const asked = sent.filter((id) => id === 'a').length
  wait(HOUR)
  t.equal(sent.filter((id) => id === 'a').length, asked)
  t.ok(sent.filter((id) => id === 'b').length > asked)
  lacks('c', { n: 1 })
  t.equal(sent.at(-1), 'c', 'and who comes then asks at once')
  t.end()
})

t.test('while too much is under way a request waits, and nobody hopes for it', (t) => {
  let hasRoom = false
  const { sent, lacks, wait, told } = requestsWith(
    '',
    () => true,
    () => hasRoom,
  )
  told(schemaOf())
  lacks('a', { n: 1 })
  lacks('b', { n: 1, m: 1 })
  t.same(sent, [])
  hasRoom = true
  wait(4000)
  t.same(sent, ['a', 'b'])
  t.end()
})

t.test('while an event waits for its turn to ask it is not read again and again', (t) => {
  let go = () => {}
  const sent: string[] = []
  const clock = { now: 0 }
  const requests = new TableRequests({
    table: 'x',
    policy: parsePolicies('').of('x'),
    contract: [],
    hopes: new Hopes(),
    admissions: new Admissions(),
    ask: {
      turn(_, _isUrgent, itsTurn) {
        go = itsTurn
        return 'later'
      },
      send(_, [asked]) {
        sent.push(asked!.attributes['asked-by-message-id']!)
        return Promise.resolve(true)
      },
    },
    now: () => clock.now,
  })
  requests.told(schemaOf())
  const one = item('a', { n: 1 })
  requests.lacks(one, event({ n: 1 }))
  const { data } = one.message
  let reads = 0
  Object.defineProperty(one.message, 'data', {
    get() {
      reads++
      return data
    },
  })
  const wait = (ms: number) => {
    for (const end = clock.now + ms; clock.now < end; clock.now += 1000) requests.repeat([one])
  }
  wait(HOUR)
  t.same([sent, reads], [[], 0])
  go()
  wait(3000)
  t.same(sent, ['a'])
  t.end()
})

t.test('what the table got in another form is asked for no more', (t) => {
  const { sent, lacks, wait, told } = requestsWith()
  told(schemaOf())
  lacks('a', { n: 1 })
  told(schemaOf(column('n', 'STRING')))
  wait(HOUR)
  t.same(sent, ['a'], 'its value is a conflict now')
  t.end()
})

t.test('of what was asked, only what has not come is asked for again', (t) => {
  const { sent, lacks, wait, told } = requestsWith()
  told(schemaOf())
  lacks('a', { n: 1 })
  lacks('b', { m: 1 })
  told(schemaOf(column('n', 'INT64')))
  lacks('c', { m: 2 })
  wait(12_000)
  t.same(sent, ['a', 'b', 'b'])
  t.end()
})

t.test('a table that is dropped is asked for again', (t) => {
  const { sent, lacks, told } = requestsWith()
  told(undefined)
  lacks('a', { n: 1 })
  told(schemaOf(column('n', 'INT64')))
  told(undefined)
  lacks('b', { n: 2 })
  t.same(sent, ['a', 'b'])
  t.end()
})

t.test('a table that others made or changed is told of once, by an event that landed', (t) => {
  const { requests, sent, lacks, told } = requestsWith()
  told(schemaOf())
  requests.landed(message('first', {}))
  requests.landed(message('second', {}))
  t.same(sent, ['first'], 'it may lack its view or its key')
  lacks('a', { n: 1 })
  told(schemaOf(column('n', 'INT64')))
  requests.landed(message('third', {}))
  t.same(sent, ['first', 'a'], 'what we asked for is no news')
  told(schemaOf(column('n', 'INT64'), column('theirs', 'INT64')))
  requests.landed(message('fourth', {}))
  t.same(sent, ['first', 'a', 'fourth'])
  t.end()
})

t.test('a look at the table that Pub/Sub did not take is asked for again', async (t) => {
  let takes = false
  const { requests, sent, told } = requestsWith('', () => takes)
  told(schemaOf())
  requests.landed(message('a', {}))
  await turn()
  takes = true
  requests.landed(message('b', {}))
  await turn()
  requests.landed(message('c', {}))
  t.same(sent, ['a', 'b'])
})

t.test('a wish keeps no list of columns alive', (t) => {
  const { requests, told } = requestsWith()
  told(schemaOf(column('n', 'INT64')))
  const one = item('a', { m: 1 })
  requests.lacks(one, event({ m: 1 }))
  t.match(one.wish, { hadTable: true })
  const { turn: _, ...others } = one.wish!
  t.notOk(Object.values(others).some((each) => typeof each === 'object'))
  t.end()
})

t.test('what a policy freezes is not asked for', (t) => {
  const { sent, lacks, told } = requestsWith('{"x":{"columns":"freeze"}}')
  told(undefined)
  lacks('a', { n: 1 })
  told(schemaOf(column('n', 'INT64')))
  lacks('b', { m: 1 })
  t.same(sent, ['a'])
  t.end()
})

t.test('in quarantine as many different events ask as the policy wants, then one now and then', (t) => {
  const { requests, sent, clock, told } = requestsWith('{"x":{"quarantine":{"events":3}}}')
  const asks = (id: string, fields: object = { n: 1 }) =>
    requests.lacksAdmission(message(id, fields), event(fields), id)
  told(schemaOf())
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
  const { requests, sent, told } = requestsWith('{"x":{"quarantine":{"events":3}}}', () => takes)
  const asks = (id: string) => requests.lacksAdmission(message(id, { n: 1 }), event({ n: 1 }), id)
  told(schemaOf())
  asks('a')
  await turn()
  takes = true
  asks('b')
  t.same(sent, ['a', 'a', 'b'])
})

t.test('where too much is hoped for, each event asks for itself', (t) => {
  const wide = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`k${n}`, n]))
  const asked = (hopes: Hopes) => {
    const { sent, lacks, told } = requestsWith('', undefined, undefined, hopes)
    told(schemaOf())
    lacks('wide', wide)
    lacks('part', { k1: 1 })
    return sent
  }
  t.same(asked(new Hopes()), ['wide'])
  const small = new Hopes(50)
  t.same(asked(small), ['wide', 'part'])
  t.ok(small.columns <= 50, `${small.columns} columns`)
  t.end()
})

t.test('a hope takes no room once the table is told', (t) => {
  const hopes = new Hopes()
  const { lacks, told } = requestsWith('', undefined, undefined, hopes)
  told(schemaOf())
  lacks('a', { n: 1 })
  t.ok(hopes.columns > 0)
  told(schemaOf(column('n', 'INT64')))
  t.equal(hopes.columns, 0)
  t.end()
})
