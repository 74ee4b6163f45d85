import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { LineWriter } from '../../../src/bigquery/table/line-writer.ts'
import { writeAttributes } from '../../../src/bigquery/rows/message-parts.ts'
import { composeBody, partsOf } from '../../../src/pubsub/messages/message.ts'
import { StoredMessage } from '../../../src/pubsub/messages/stored-message.ts'

const texts = fc.oneof(
  fc.string({ maxLength: 10 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.constantFrom('"', '\\', '\n\0\u001f', 'ä', '😀', 'orderingKey', '__proto__'),
)
const well = texts.map((text) => text.toWellFormed())
// Node's own JSON.parse takes one escaped key for another, now and then: keys are written as values are
const keys = well.filter((key) => JSON.stringify(key) === `"${key}"`)
const messages = fc
  .record({
    data: fc.uint8Array({ maxLength: 300 }),
    attributes: fc.array(fc.tuple(keys, well), { maxLength: 6 }),
    orderingKey: fc.option(well, { nil: '' }),
  })
  .map(({ data, attributes, orderingKey }) => {
    // a key may come twice: the last one counts
    const parts = attributes.map(([key, value]) => composeBody(Buffer.alloc(0), { [key]: value }))
    return Buffer.concat([composeBody(data, {}, ''), ...parts, composeBody(Buffer.alloc(0), {}, orderingKey)])
  })

t.test('attributes are written as JSON.stringify writes what was read of them', (t) => {
  fc.assert(
    fc.property(messages, (body) => {
      const message = new StoredMessage('1', 0, body)
      const to = new LineWriter()
      const data = writeAttributes(message, to)
      to.endLine()
      const { attributes, orderingKey, ...expected } = partsOf(message)
      const all = orderingKey === '' ? attributes : { ...attributes, orderingKey }
      assert.deepEqual(
        new Map(Object.entries(JSON.parse(to.take().bytes.toString()) as object)),
        new Map(Object.entries(all)),
      )
      assert.deepEqual(data, expected.data)
    }),
    { numRuns: 500 },
  )
  t.end()
})
