import { column, type Column } from '@tablestream/table-schema'
import t from 'tap'
import { alteredSql, valueSql } from '../../src/land/value-sql.ts'

const record = (fields: readonly Column[], more: Partial<Column> = {}) =>
  column('r', 'RECORD', { fields, ...more })
const [a, b] = [column('a', 'INT64'), column('b', 'STRING')]

t.test('a value of a column that stayed the same is the value', (t) => {
  t.equal(valueSql(record([a, b]), record([a, b]), 'n.r'), 'n.r')
  t.equal(valueSql(column('a', 'INT64', { mode: 'REQUIRED' }), a, 'n.a'), 'n.a')
  t.end()
})

t.test('fields that came meanwhile are NULL, and a RECORD that is NULL stays so', (t) => {
  t.equal(
    valueSql(record([a, b]), record([a]), 'n.r'),
    'IF(n.r IS NULL, NULL, STRUCT(n.r.`a` AS `a`, CAST(NULL AS STRING) AS `b`))',
  )
  const list = column('list', 'RECORD', {
    mode: 'REPEATED',
    fields: [a, column('tags', 'STRING', { mode: 'REPEATED' })],
  })
  t.equal(
    valueSql(record([a, list]), record([a]), 'n.r'),
    'IF(n.r IS NULL, NULL, STRUCT(n.r.`a` AS `a`, CAST(NULL AS ARRAY<STRUCT<`a` INT64, `tags` ARRAY<STRING>>>) AS `list`))',
  )
  t.end()
})

t.test('an array of RECORDs keeps its order, inside of another one too', (t) => {
  const inner = (fields: readonly Column[]) => record(fields, { name: 'i', mode: 'REPEATED' })
  t.equal(
    valueSql(
      record([inner([a, b])], { mode: 'REPEATED' }),
      record([inner([a])], { mode: 'REPEATED' }),
      'n.r',
    ),
    'ARRAY(SELECT AS STRUCT ARRAY(SELECT AS STRUCT each_1.`a` AS `a`, CAST(NULL AS STRING) AS `b` FROM UNNEST(each_0.`i`) AS each_1 ' +
      'WITH OFFSET AS at_1 ORDER BY at_1) AS `i` FROM UNNEST(n.r) AS each_0 WITH OFFSET AS at_0 ORDER BY at_0)',
  )
  t.end()
})

t.test('a type that was widened is cast', (t) => {
  t.equal(
    valueSql(record([column('a', 'NUMERIC')]), record([a]), 'n.r'),
    'IF(n.r IS NULL, NULL, STRUCT(CAST(n.r.`a` AS NUMERIC) AS `a`))',
  )
  t.end()
})

t.test('a value is altered where its cast does not go back to it, or a field of it has no place', (t) => {
  t.equal(alteredSql(record([a, b]), record([a]), 'n.r'), undefined)
  t.equal(
    alteredSql(column('a', 'DATE'), column('a', 'TIMESTAMP'), 'n.a'),
    'SAFE_CAST(SAFE_CAST(n.a AS DATE) AS TIMESTAMP) IS DISTINCT FROM n.a',
  )
  t.equal(alteredSql(record([a]), record([a, b]), 'n.r'), '(n.r.`b` IS NOT NULL)')
  t.equal(
    alteredSql(record([a], { mode: 'REPEATED' }), record([a, b], { mode: 'REPEATED' }), 'n.r'),
    'EXISTS(SELECT 1 FROM UNNEST(n.r) AS each_0 WHERE each_0.`b` IS NOT NULL)',
  )
  t.equal(alteredSql(column('a', 'INT64', { mode: 'REPEATED' }), a, 'n.a'), 'n.a IS NOT NULL')
  t.end()
})
