import { column, SYSTEM_COLUMNS } from '@tablestream/table-schema'
import t from 'tap'
import { valueEnds } from '../../src/events/value-ends.ts'

const COLUMNS = [
  ...SYSTEM_COLUMNS,
  column('name', 'STRING'),
  column('score', 'INT64'),
  column('at', 'TIMESTAMP'),
  column('tags', 'STRING', { mode: 'REPEATED' }),
  column('raw', 'JSON'),
  column('user', 'RECORD', {
    fields: [column('id', 'INT64'), column('first_name', 'STRING', { key: 'first name' })],
  }),
  column('items', 'RECORD', { mode: 'REPEATED', fields: [column('price', 'FLOAT64')] }),
]
const ROW = {
  event_id: 'e-1',
  _unmapped: '{"/score":"high"}',
  name: 'Ana',
  score: null,
  at: '2026-01-01T00:00:00Z',
  tags: ['a', 'b'],
  raw: '{"b":1,"a":2}',
  user: { id: 7, first_name: 'A' },
  items: [{ price: 1.5 }, { price: 2 }],
}
const endsOf = (event: Record<string, never> | object, row: object = ROW) =>
  valueEnds(event as never, COLUMNS, row as never).map(({ path, end, column: name, changed }) => [
    path,
    end,
    name,
    ...(changed === true ? ['changed'] : []),
  ])

t.test('each value is told with its column, its place in _unmapped, or why it needs none', (t) => {
  const event = {
    event_id: 'e-1',
    name: 'Ana',
    score: 'high',
    at: '2026-01-01T01:00:00+01:00',
    tags: ['a', 'b'],
    raw: { a: 2, b: 1 },
    user: { id: 7, 'first name': 'A' },
    items: [{ price: 1.5 }, { price: 2 }],
    nothing: null,
    empty: {},
  }
  t.same(endsOf(event), [
    ['/event_id', 'envelope', 'event_id'],
    ['/name', 'column', 'name'],
    ['/score', 'unmapped', '_unmapped'],
    ['/at', 'column', 'at'],
    ['/tags', 'column', 'tags'],
    ['/raw', 'column', 'raw'],
    ['/user/id', 'column', 'user.id'],
    ['/user/first name', 'column', 'user.first_name'],
    ['/items/0/price', 'column', 'items.price'],
    ['/items/1/price', 'column', 'items.price'],
    ['/nothing', 'empty', undefined],
    ['/empty', 'empty', undefined],
  ])
  t.end()
})

t.test('a value that is not there, and one that is another, are told', (t) => {
  t.same(endsOf({ name: 'Eva', score: 5, other: 1 }, { ...ROW, _unmapped: null }), [
    ['/name', 'column', 'name', 'changed'],
    ['/score', 'nowhere', 'score'],
    ['/other', 'nowhere', undefined],
  ])
  t.end()
})

t.test('an event with very many values in _unmapped is told as quickly', (t) => {
  const keys = Array.from({ length: 1500 }, (_, n) => `k${n}`)
  const event = { ...Object.fromEntries(keys.map((key) => [key, 1])), list: [1, 'a'] }
  const columns = [...keys.map((key) => column(key, 'INT64')), column('list', 'INT64', { mode: 'REPEATED' })]
  const unmapped = Object.fromEntries(Array.from({ length: 300_000 }, (_, n) => [`/list/${n}`, 'x']))
  const row = {
    ...Object.fromEntries(keys.map((key) => [key, '1'])),
    list: [],
    _unmapped: JSON.stringify(unmapped),
  }
  const before = process.cpuUsage()
  const ends = valueEnds(event, columns, row)
  // of the processor: others may have it meanwhile
  const { user, system } = process.cpuUsage(before)
  const ms = (user + system) / 1000
  t.equal(ends.length, 2000)
  t.same(
    ends.slice(1500, 1503).map(({ path }) => path),
    ['/list/0', '/list/1', '/list/2'],
  )
  // a look at all of them for each value took ten times as long
  t.ok(ms < 3000, `${Math.round(ms)} ms`)
  t.end()
})
