import { inspect, isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { frameOf, Frames } from '../../src/threads/frames.ts'

t.test('values come out of a stream as they went in, in whatever pieces it comes', (t) => {
  const values = fc.array(
    fc.oneof(
      fc.record(
        { id: fc.nat(), text: fc.string(), bytes: fc.uint8Array({ maxLength: 300 }) },
        { noNullPrototype: true },
      ),
      fc.dictionary(fc.string(), fc.nat()).map((counts) => new Map(Object.entries(counts))),
      fc.constant(undefined),
    ),
    { maxLength: 5 },
  )
  fc.assert(
    fc.property(values, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, lengths) => {
      const stream = Buffer.concat(sent.flatMap(frameOf))
      const frames = new Frames()
      const heard: unknown[] = []
      for (let at = 0, n = 0; at < stream.length; n++) {
        const length = lengths[n % lengths.length]!
        heard.push(...frames.add(stream.subarray(at, at + length)))
        at += length
      }
      if (!isDeepStrictEqual(heard, sent)) throw new Error(`${inspect(sent)} came as ${inspect(heard)}`)
    }),
  )
  t.end()
})
