import { useTypeField } from '@tablestream/contract'
import t from 'tap'
import { declaredTypes } from '../src/csv-columns.ts'

const shape = (columns: readonly string[]) => ({ columns, hasHeader: true, delimiter: ',', quote: '"' })

t.test('a row has the types of its own event type’s contract, and others those of the file', (t) => {
  const columns = ['event_type', 'event_id', 'order_id', 'total_amount', 'zip', 'empty']
  const found = ['STRING', 'INT64', 'INT64', 'INT64', 'INT64', undefined] as const
  const typesOf = declaredTypes(shape(columns), found, undefined)
  t.same(typesOf(['order', '1', '17', '3', '501']), [
    'STRING',
    'STRING',
    'STRING',
    'FLOAT64',
    'INT64',
    undefined,
  ])
  t.same(typesOf(['click', '1', '17', '3', '501']), found)
  t.same(typesOf([undefined, '1']), found)
  t.end()
})

t.test('with a door all rows are of its type, whatever they name', (t) => {
  const typesOf = declaredTypes(shape(['order_id']), ['INT64'], 'order')
  t.same(typesOf(['17']), ['STRING'])
  t.end()
})

t.test('the type of an event is a text, also where all are digits', (t) => {
  const typesOf = declaredTypes(shape(['event_type', 'n']), ['INT64', 'INT64'], undefined)
  t.same(typesOf(['7', '1']), ['STRING', 'INT64'])
  t.end()
})

t.test('so it is whatever its column is called', (t) => {
  useTypeField('kind')
  t.teardown(() => useTypeField('event_type'))
  const typesOf = declaredTypes(
    shape(['kind', 'event_type', 'order_id']),
    ['INT64', 'INT64', 'INT64'],
    undefined,
  )
  t.same(typesOf(['7', '1', '17']), ['STRING', 'INT64', 'INT64'])
  t.same(typesOf(['order', '1', '17']), ['STRING', 'INT64', 'STRING'])
  t.end()
})
