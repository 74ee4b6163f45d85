import t from 'tap'
import { letGo } from '../../src/wire/let-go.ts'

t.test('the memory of a piece is given back, of what shares it with others nothing is', (t) => {
  const own = Buffer.allocUnsafeSlow(65_536)
  const before = process.memoryUsage().arrayBuffers
  letGo(own)
  t.equal(own.length, 0)
  t.equal(before - process.memoryUsage().arrayBuffers, 65_536, 'at once, without the garbage collector')
  const pooled = Buffer.from('a text')
  const neighbour = Buffer.from('another')
  const part = Buffer.allocUnsafeSlow(10).fill('x').subarray(2, 5)
  for (const shared of [pooled, part]) letGo(shared)
  t.same([pooled, neighbour, part].map(String), ['a text', 'another', 'xxx'])
  const twice = new Uint8Array(new SharedArrayBuffer(8)).fill(1)
  letGo(twice)
  t.equal(twice.length, 8)
  const moved = Buffer.allocUnsafeSlow(10)
  structuredClone(moved.buffer, { transfer: [moved.buffer] })
  letGo(moved)
  t.equal(moved.length, 0, 'what another thread took is let go already')
  t.end()
})
