import { plan, type JsonObject } from '@tablestream/table-schema'
import t from 'tap'
import { additionsOf, takeAdditions, valueAt } from '../../src/apply/additions.ts'

const before = plan(undefined, { a: 1, r: { x: 1 } }).columns
const event = { a: 2, b: 1, r: { x: 1, y: 'text' }, list: [{}, { 'deep.key': [{ z: true }] }] } as JsonObject
const { columns: after } = plan(before, event)
const keys = (isWanted: (key: string) => boolean) => takeAdditions(before, after, ({ key }) => isWanted(key))

t.test('what a table gets is told by its columns, RECORDs by their fields', (t) => {
  t.match(
    additionsOf(before, after).map(({ key }) => key),
    ['add r.y STRING NULLABLE', 'add b INT64 NULLABLE', /^add list\.deep_key_[0-9a-f]{8}\.z BOOL NULLABLE$/],
  )
  t.same(additionsOf(before, before), [])
  t.end()
})

t.test('all of them lead to the columns after, some to a part of those, none to the columns before', (t) => {
  t.same(keys(() => true).columns, after)
  t.match(keys(() => true).added, ['r.y', 'b', 'list'])
  t.same(keys(() => false).columns, before)
  const some = keys((key) => key.startsWith('add list'))
  t.same(some.added, ['list'])
  t.same(some.columns, [...before, after.at(-1)])
  t.end()
})

t.test('a column that becomes NULLABLE is one of them', (t) => {
  const required = before.map((column) =>
    column.name === 'a' ? { ...column, mode: 'REQUIRED' as const } : column,
  )
  const relaxed = plan(required, { r: { x: 1 } }).columns
  t.same(
    additionsOf(required, relaxed).map(({ key }) => key),
    ['relax a'],
  )
  t.same(takeAdditions(required, relaxed, () => false).columns, required)
  t.same(
    takeAdditions(required, relaxed, () => true),
    { columns: relaxed, added: [], relaxed: ['a'] },
  )
  t.end()
})

t.test('the value that asks for one is found, with its path', (t) => {
  const found = additionsOf(before, after).map(({ at }) => valueAt(event, at))
  t.same(found, [
    { path: '/r/y', value: 'text' },
    { path: '/b', value: 1 },
    { path: '/list/1/deep.key/0/z', value: true },
  ])
  t.equal(valueAt(event, ['nowhere']), undefined)
  t.end()
})
