import fc from 'fast-check'
import t from 'tap'
import {
  dateDays,
  dateText,
  hasOffset,
  isTime,
  isTimestamp,
  timestampMicros,
} from '../../src/types/calendar.ts'

t.test('strict RFC 3339 with offset is a timestamp, and so is what BigQuery writes', (t) => {
  const cases: [string, number | bigint | undefined][] = [
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01T00:00:00.000001Z', 1],
    ['1970-01-01T01:00:00+01:00', 0],
    ['1969-12-31T23:59:59.5Z', -500_000],
    ['0001-01-01T00:00:00Z', BigInt('-62135596800000000')],
    ['9999-12-31T23:59:59.999999Z', 253402300799999999n],
    ['2024-02-29T00:00:00Z', 1709164800000000],
    ['2023-02-29T00:00:00Z', undefined],
    ['2026-01-01T24:00:00Z', undefined],
    ['2026-01-01T23:59:60Z', undefined],
    ['1970-01-01 00:00:00Z', 0],
    ['1970-01-01t00:00:00z', 0],
    ['2019-01-16 12:46:01 UTC', 1547642761000000],
    ['2019-01-16 12:46:01.000005 UTC', 1547642761000005],
    ['2019-01-16 12:46:01UTC', undefined],
    ['2019-01-16 12:46:01 utc', undefined],
    ['2019-01-16 12:46:01  UTC', undefined],
    ['2019-01-16 12:46:01', undefined],
    ['2019-01-16_12:46:01 UTC', undefined],
    ['2026-01-01T00:00:00', undefined],
    ['2026-01-01T00:00:00.Z', undefined],
    ['2026-01-01T00:00:00.1234567Z', undefined],
    ['2026-01-01T00:00:00.1234560Z', 1767225600123456],
    ['0001-01-01T00:00:00+01:00', undefined],
    ['2026-01-01T00:00:00+0100', undefined],
    ['1700000000', undefined],
  ]
  for (const [text, micros] of cases) {
    t.equal(timestampMicros(text), micros, text)
    t.equal(isTimestamp(text), micros !== undefined, text)
  }
  t.end()
})

t.test('it agrees with the calendar of the language', (t) => {
  const date = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59Z'),
    noInvalidDate: true,
  })
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(date, (day) => {
        const text = day.toISOString()
        const days = Math.floor(day.getTime() / 86_400_000)
        return (
          BigInt(timestampMicros(text)!) === BigInt(day.getTime()) * 1000n &&
          dateDays(text.slice(0, 10)) === days &&
          dateText(days) === text.slice(0, 10)
        )
      }),
    ),
  )
  t.end()
})

t.test('isTimestamp and timestampMicros agree on whatever looks like one', (t) => {
  const digit = (most: number) =>
    fc.integer({ min: 0, max: most }).map((value) => String(value).padStart(2, '0'))
  const parts = fc.tuple(digit(99), digit(99), digit(14), digit(33), digit(26), digit(62), digit(62))
  const ends = fc.constantFrom('Z', '.123Z', '.1x3Z', '.12Z', '+00:00', 'z', '', '.123456Z', ' UTC')
  const between = fc.constantFrom('T', 't', ' ', '_')
  fc.assert(
    fc.property(parts, between, ends, ([century, year, month, day, hour, minute, second], middle, end) => {
      const text = `${century}${year}-${month}-${day}${middle}${hour}:${minute}:${second}${end}`
      return isTimestamp(text) === (timestampMicros(text) !== undefined)
    }),
    { numRuns: 5000 },
  )
  t.end()
})

t.test('HH:MM:SS with at most microseconds is a time of the day', (t) => {
  for (const text of ['00:00:00', '23:59:59', '12:46:01.5', '12:46:01.123456']) t.ok(isTime(text), text)
  for (const text of [
    '24:00:00',
    '12:60:00',
    '23:59:60',
    '1:02:03',
    '12:46',
    '12:46:01.',
    '12:46:01.1234567',
    '12:46:01Z',
    '',
  ])
    t.notOk(isTime(text), text)
  t.end()
})

t.test('another offset than that of UTC is one that a TIMESTAMP does not keep', (t) => {
  for (const end of ['+05:30', '-08:00', '+00:01']) t.ok(hasOffset(`2026-01-01T00:00:00${end}`), end)
  for (const end of ['Z', '+00:00', '-00:00', ' UTC']) t.notOk(hasOffset(`2026-01-01T00:00:00${end}`), end)
  t.end()
})
