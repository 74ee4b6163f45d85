import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { LineWriter } from '../../../src/bigquery/table/line-writer.ts'

const bytes = fc.uint8Array({ maxLength: 300 })

t.test("base64 is written as Node's own writes it", (t) => {
  fc.assert(
    fc.property(fc.array(bytes, { minLength: 1, maxLength: 5 }), (all) => {
      const to = new LineWriter()
      for (const each of all) {
        to.base64(each)
        to.endLine()
      }
      const lines = to.take().bytes.toString('latin1').split('\n')
      assert.deepEqual(
        lines,
        all.map((each) => `"${Buffer.from(each).toString('base64')}"`),
      )
    }),
  )
  const to = new LineWriter()
  const large = Buffer.alloc(1_000_000, 'a')
  to.base64(large)
  to.endLine()
  t.equal(to.take().bytes.toString('latin1'), `"${large.toString('base64')}"`, 'also where it must grow')
  t.end()
})
