import fc from 'fast-check'
import t from 'tap'
import { momentOf } from '../../src/types/moment.ts'

const NOW = Date.parse('2028-02-29T23:59:59.999Z')

t.test('a time is what its offset says, and a day begins in UTC', (t) => {
  t.equal(momentOf('2028-02-29'), Date.parse('2028-02-29T00:00:00Z'))
  t.equal(momentOf('2028-02-29T23:30:00-02:00'), Date.parse('2028-03-01T01:30:00Z'))
  t.equal(momentOf('1969-12-31T23:59:59.9995Z'), -1)
  t.equal(momentOf('2028-02-29T05:06Z'), Date.parse('2028-02-29T05:06:00Z'))
  t.equal(momentOf('2028-02-29T05:06+01:00'), Date.parse('2028-02-29T04:06:00Z'))
  t.equal(momentOf('2028-02-29T05:06:07.123456789Z'), Date.parse('2028-02-29T05:06:07.123Z'))
  fc.assert(
    fc.property(
      fc.date({
        min: new Date('0001-01-01T00:00:00Z'),
        max: new Date('9999-12-31T23:59:59.999Z'),
        noInvalidDate: true,
      }),
      (time) => momentOf(time.toISOString()) === time.getTime(),
    ),
  )
  t.end()
})

t.test('a time of no zone, a day that no month has, and what Date.parse takes for a year, are none', (t) => {
  const none = [
    '2026-11-29T05:00:00',
    '2026-02-29',
    '2026-02-30T05:00:00Z',
    '5',
    '24',
    '29 Nov 2026',
    'now',
    '',
  ]
  for (const text of none) t.equal(momentOf(text, NOW), undefined, text)
  t.end()
})

t.test('a span is so long ago, where there is a now', (t) => {
  t.equal(momentOf('90m', NOW), NOW - 90 * 60_000)
  t.equal(momentOf('24h', NOW), Date.parse('2028-02-28T23:59:59.999Z'))
  t.equal(momentOf('7d', NOW), NOW - 7 * 86_400_000)
  t.equal(momentOf('0m', NOW), NOW)
  for (const text of ['24h', '-1h', '1.5h', '1w']) t.equal(momentOf(text), undefined, text)
  t.end()
})
