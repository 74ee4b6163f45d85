import t from 'tap'
import { labelsOf } from '../../../src/bigquery/scripts/query-label.ts'

t.test('@@query_label is labels as BigQuery takes them, or says what is wrong with them', (t) => {
  t.same(labelsOf('a:1,team-x:étude,none:'), { a: '1', 'team-x': 'étude', none: '' })
  for (const [text, why] of [
    ['a', /"a" is not key:value/],
    ['a:b:c', /"a:b:c" is not key:value/],
    ['a:1,', /"" is not key:value/],
    ['A:1', /"A" is no key/],
    ['1:1', /"1" is no key/],
    [`${'a'.repeat(64)}:1`, /is no key/],
    ['a:B', /"B" is no value/],
    ['a: 1', /" 1" is no value/],
    ['a:1,a:2', /the key "a" comes twice/],
    [Array.from({ length: 65 }, (_, index) => `a${index}:1`).join(','), /64 labels at most/],
  ] as const)
    t.throws(() => labelsOf(text), { reason: 'invalidQuery', message: why }, text)
  t.end()
})
