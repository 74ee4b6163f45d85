import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { isMultipleOf } from '../../src/index.ts'

t.test('numbers are multiples as decimals, however large they are', (t) => {
  for (const [number, divisor, wanted] of [
    ['1234567.89', 0.01, true],
    ['1000000000.01', 0.01, true],
    ['1000000000.015', 0.01, false],
    ['0.07', 0.01, true],
    ['-19.99', 0.01, true],
    ['0', 3, true],
    ['-0.0', 0.1, true],
    ['9007199254740993', 2, false],
    ['9007199254740993', 3, true],
    ['1e400', 7, false],
    ['1e400', 1e-7, true],
    ['5e-324', 0.5, false],
    ['7.5', 2.5, true],
    ['1e21', 1e21, true],
    [`1e${'9'.repeat(400)}`, 3, true],
    [`1e-${'9'.repeat(400)}`, 3, false],
  ] as const)
    t.equal(isMultipleOf(number, divisor), wanted, `${number.slice(0, 30)} of ${divisor}`)
  t.end()
})

t.test('a multiple of a decimal is one, and half of it more is none', (t) => {
  const divisors = fc.tuple(fc.integer({ min: 1, max: 999_999 }), fc.integer({ min: 0, max: 6 }))
  fc.assert(
    fc.property(divisors, fc.bigInt(-(10n ** 30n), 10n ** 30n), ([digits, scale], count) => {
      const divisor = digits / 10 ** scale
      assert.equal(isMultipleOf(`${count * BigInt(digits)}e-${scale}`, divisor), true)
      assert.equal(isMultipleOf(`${(2n * count + 1n) * BigInt(digits) * 5n}e-${scale + 1}`, divisor), false)
    }),
  )
  t.end()
})

t.test('a number of a million digits takes no seconds', (t) => {
  const began = performance.now()
  t.equal(isMultipleOf('9'.repeat(1_000_000), 9), true)
  t.ok(performance.now() - began < 2000)
  t.end()
})
