import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { timestampText, timestampWriter, timeText } from '../../src/formats/time-text.ts'

const SECOND = { 3: 10n ** 3n, 6: 10n ** 6n, 9: 10n ** 9n } as const

t.test('a time has all digits of its unit, before 1970 and behind the numbers that are safe, too', (t) => {
  const seconds = fc.integer({ min: -62_135_596_800, max: 253_402_300_799 })
  const digits = fc.constantFrom(3, 6, 9)
  const fraction = fc.integer({ min: 0, max: 999_999_999 })
  const writers = { 3: timestampWriter(3), 6: timestampWriter(6), 9: timestampWriter(9) }
  fc.assert(
    fc.property(seconds, digits, fraction, (whole, unit, nanos) => {
      const rest = BigInt(nanos) / (10n ** 9n / SECOND[unit])
      const count = BigInt(whole) * SECOND[unit] + rest
      const clock = new Date(whole * 1000).toISOString().slice(0, 19)
      const all = String(rest).padStart(unit, '0')
      const expected = `${clock}.${unit === 9 && all.endsWith('000') ? all.slice(0, 6) : all}Z`
      assert.equal(timestampText(count, unit), expected)
      assert.equal(writers[unit](count), expected)
      const number = Number(count)
      if (Number.isSafeInteger(number)) assert.equal(writers[unit](number), expected)
    }),
  )
  t.end()
})

t.test('what is no time is refused', (t) => {
  t.throws(() => timestampText(253_402_300_800_000n, 3), { message: /^2932897 days since 1970 is outside/ })
  t.throws(() => timestampText(-62_135_596_800_000_001n, 6), {
    message: /^-719163 days since 1970 is outside/,
  })
  t.throws(() => timeText(86_400_000, 3), { message: /^86400000 is no time of a day$/ })
  t.throws(() => timeText(-1n, 6), { message: /^-1 is no time of a day$/ })
  t.equal(timeText(86_399_999_999n, 6), '23:59:59.999999')
  t.end()
})
