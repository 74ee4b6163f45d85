import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { ago, bytes, clock, count, duration, percent, plural, pretty, rate } from '../../page/format.ts'

t.test('figures as people read them', (t) => {
  t.same([0, 1, 1234567, null, undefined].map(count), ['0', '1', '1,234,567', '–', '–'])
  t.same([0, 0.2, 95.94, 1234.5, null].map(rate), ['0/s', '0.2/s', '95.9/s', '1,235/s', '–'])
  t.same([0, 0.0254, 0.9999, 1.5, 119, 121, 7199, 90_000, 200_000, -3, null].map(duration), [
    '0 ms',
    '25.4 ms',
    '1 s',
    '1.5 s',
    '119 s',
    '2 min',
    '120 min',
    '25 h',
    '2 days',
    '−3 s',
    '–',
  ])
  t.same([0, 999, 1000, 18_400_000, 3e16, null].map(bytes), ['0 B', '999 B', '1 kB', '18.4 MB', '30 PB', '–'])
  t.same([0, 0.934, 1, null].map(percent), ['0 %', '93.4 %', '100 %', '–'])
  t.same(
    [plural(1, 'row'), plural(0, 'row'), plural(2000, 'time', 'times')],
    ['1 row', '0 rows', '2,000 times'],
  )
  t.equal(ago('2031-01-01T00:00:00Z', Date.parse('2031-01-01T00:01:40Z')), '100 s ago')
  t.equal(clock('no time'), 'no time')
  t.end()
})

t.test('JSON is broken into lines, and nothing else of it changes', (t) => {
  t.equal(pretty('{"a":[1,{}],"b":[]}'), '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}')
  t.equal(
    pretty('{"a":1.0,"a":1e400}'),
    '{\n  "a": 1.0,\n  "a": 1e400\n}',
    'no number is written anew, no name is lost',
  )
  t.equal(pretty('no JSON'), 'no JSON')
  fc.assert(
    fc.property(fc.json(), (text) => {
      assert.deepEqual(JSON.parse(pretty(text)), JSON.parse(text))
      assert.equal(
        pretty(text).replace(/"(?:[^"\\]|\\.)*"|\s/g, (word) => word.trim()),
        text.replace(/"(?:[^"\\]|\\.)*"|\s/g, (word) => word.trim()),
      )
    }),
    { numRuns: 50 },
  )
  t.end()
})
