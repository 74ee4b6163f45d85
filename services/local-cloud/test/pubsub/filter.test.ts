import t from 'tap'
import { parseFilter } from '../../src/pubsub/resources/filter.ts'

t.test('filters choose by attributes', (t) => {
  const order = { event_type: 'order', region: 'eu-west' }
  const cases: [string, boolean][] = [
    ['', true],
    ['attributes.event_type = "order"', true],
    ['attributes.event_type = "other"', false],
    ['attributes.event_type != "other"', true],
    ['attributes.missing != "x"', true],
    ['attributes:region', true],
    ['attributes:missing', false],
    ['hasPrefix(attributes.region, "eu")', true],
    ['NOT hasPrefix(attributes.region, "us")', true],
    ['attributes.event_type = "order" AND attributes:region', true],
    ['attributes.event_type = "x" OR (attributes:region AND NOT attributes:missing)', true],
    ['attributes."event_type" = "order"', true],
  ]
  for (const [filter, wanted] of cases) t.equal(parseFilter(filter)(order), wanted, filter)
  t.end()
})

t.test('a filter that cannot be read is refused with its place', (t) => {
  for (const filter of [
    'attributes',
    'attributes.a == "x"',
    'attributes.a = x',
    'a = "b"',
    'attributes:a AND',
    '(attributes:a',
    'attributes:a AND attributes:b OR attributes:c',
    `attributes.a = "${'x'.repeat(300)}"`,
  ]) {
    t.throws(() => parseFilter(filter), { message: /filter|parentheses/i }, filter)
  }
  t.end()
})
