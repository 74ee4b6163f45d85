import fc from 'fast-check'
import t from 'tap'
import { RowBytes } from '../../src/row/row-bytes.ts'

const line = fc.array(fc.constantFrom('a', '\n', '"', 'ä', '€', '😀')).map((letters) => letters.join(''))

t.test('the bytes are those of the texts since the last clear, one behind the other', (t) => {
  const rows = new RowBytes()
  fc.assert(
    fc.property(fc.array(line), fc.nat(5000), (texts, times) => {
      const all = [...texts, 'ä\n'.repeat(times)]
      for (const text of all) rows.add(text)
      const { bytes, length } = rows
      const isSame = bytes.equals(Buffer.from(all.join(''))) && length === bytes.length
      rows.clear()
      return isSame && rows.bytes.length === 0
    }),
    { numRuns: 100 },
  )
  t.end()
})

t.test('what a very long row has taken is given back', (t) => {
  const rows = new RowBytes()
  rows.add('x'.repeat(17 << 20))
  t.ok(rows.bytes.buffer.byteLength > 16 << 20)
  rows.clear()
  t.ok(rows.bytes.buffer.byteLength < 1 << 20)
  t.end()
})
