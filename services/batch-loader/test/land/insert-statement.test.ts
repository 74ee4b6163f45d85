import t from 'tap'
import { column } from '@tablestream/table-schema'
import { daysCondition, insertStatement } from '../../src/land/insert-statement.ts'

t.test('days without a gap are one span, so that BigQuery reads no other partitions', (t) => {
  t.equal(
    daysCondition([20_001, 20_000, 20_005]),
    `(event_date BETWEEN DATE '2024-10-04' AND DATE '2024-10-05' OR event_date BETWEEN DATE '2024-10-09' AND DATE '2024-10-09')`,
  )
  t.equal(daysCondition([]), 'FALSE')
  t.end()
})

t.test(
  'a column that no row has a value of is NULL, and not left out: the table may have a default for it',
  (t) => {
    const columns = [column('event_id', 'STRING'), column('a', 'STRING'), column('b', 'INT64')]
    const statement = insertStatement({
      table: '`events`',
      staging: '`staged`',
      columns,
      columnsNow: columns,
      staged: new Set(['event_id', 'a']),
      days: undefined,
      hasSources: false,
      keepsCollisions: false,
      isTwice: false,
    })
    const direct =
      'INSERT INTO `events` (`event_id`, `a`, `b`)\n  SELECT k.id, n.`a`, NULL FROM `staged` AS n'
    t.ok(statement.startsWith(direct), 'with a WITH before the SELECT this NULL would be an INT64')
    t.end()
  },
)

t.test('very many spans are read as one, and a day that nobody knows is any day', (t) => {
  const scattered = Array.from({ length: 60 }, (_, number) => 20_000 + number * 2)
  t.equal(daysCondition(scattered), `(event_date BETWEEN DATE '2024-10-04' AND DATE '2025-01-30')`)
  t.equal(daysCondition(undefined), `event_date >= DATE '0001-01-01'`)
  t.end()
})
