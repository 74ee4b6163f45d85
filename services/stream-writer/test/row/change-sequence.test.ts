import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { changeSequence } from '../../src/row/change-sequence.ts'

const message = (ms: number, messageId: string) => ({
  data: Buffer.alloc(0),
  attributes: {},
  messageId,
  publishTime: new Date(ms).toISOString(),
})
/** As BigQuery compares them: section by section, each a number. */
const compare = (a: string, b: string) => {
  const sections = (text: string) => text.split('/').map((digits) => BigInt(`0x${digits}`))
  const [first, second] = [sections(a), sections(b)]
  for (const [index, one] of first.entries()) {
    const other = second[index]!
    if (one !== other) return one < other ? -1 : 1
  }
  return 0
}

t.test(
  'what was published later has the larger number; in one millisecond it is the message id that decides',
  (t) => {
    const ms = fc.integer({ min: 0, max: 253_402_300_799_999 })
    const id = fc.bigInt({ min: 0n, max: 9_999_999_999_999_999_999n })
    fc.assert(
      fc.property(ms, ms, id, id, (a, b, one, other) => {
        const first = changeSequence(message(a, String(one)))
        const second = changeSequence(message(b, String(other)))
        assert.match(first, /^[0-9a-f]{1,16}\/[0-9a-f]{1,16}$/)
        assert.equal(compare(first, second), Math.sign(a - b) || (one === other ? 0 : one < other ? -1 : 1))
      }),
    )
    t.match(changeSequence(message(255, 'a name')), 'ff/0')
    t.end()
  },
)
