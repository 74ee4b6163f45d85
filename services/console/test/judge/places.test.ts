import { pointer } from '@tablestream/table-schema'
import fc from 'fast-check'
import t from 'tap'
import { jsonSpans } from '../../src/judge/json-spans.ts'
import { placesOf } from '../../src/judge/places.ts'

/** Every pointer of a value with what stands there. */
function* valuesOf(value: unknown, path = ''): Generator<readonly [string, unknown]> {
  yield [path, value]
  if (Array.isArray(value))
    for (const [index, each] of value.entries()) yield* valuesOf(each, pointer(path, index))
  else if (typeof value === 'object' && value !== null)
    for (const [key, each] of Object.entries(value)) yield* valuesOf(each, pointer(path, key))
}

t.test('the text of a span is the value that its pointer names, however the text is spaced', (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('', ' ', '\t'), (value, space) => {
      const text = JSON.stringify(value, null, space)
      const wanted = new Map(valuesOf(value))
      const spans = jsonSpans(text, new Set(wanted.keys()))
      for (const [path, each] of wanted) {
        const { start, end } = spans.get(path)!
        if (JSON.stringify(JSON.parse(text.slice(start, end))) !== JSON.stringify(each)) return false
      }
      return true
    }),
  )
  t.end()
})

t.test('any text at all is read to its end without an error', (t) => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      jsonSpans(`{"a":[${one}],"b":${other}`, new Set(['/a', '/b', '']))
      return true
    }),
  )
  t.end()
})

const problem = (path: string, rule: string) => ({ path, rule, message: '', value: '' })

t.test('places are in bytes and in characters', (t) => {
  const text = '{"name":"Zoë 🚲","status":"maybe"}'
  const data = Buffer.from(text)
  const [place] = placesOf(data, [problem('/status', 'enum')])
  t.equal(data.subarray(place!.start, place!.end).toString(), '"maybe"')
  t.equal(text.slice(place!.text_start, place!.text_end), '"maybe"')
  t.equal(place!.missing, false)
  t.end()
})

t.test('of a field that is missing it is the object around it', (t) => {
  const data = Buffer.from('{"items":[{"price":1},{"price":2}]}')
  const [place] = placesOf(data, [problem('/items/1/quantity', 'required')])
  t.match([data.subarray(place!.start, place!.end).toString(), place], ['{"price":2}', { missing: true }])
  t.end()
})

t.test('text that is cut off is wrong at its end, and bytes that are no UTF-8 where they begin', (t) => {
  const [cut] = placesOf(Buffer.from('{"a":1,"b'), [problem('', 'not_json')])
  t.ok(cut!.end >= 8)
  const data = Buffer.concat([Buffer.from('{"a":"é'), Buffer.from([0xff]), Buffer.from('"}')])
  const [wrong] = placesOf(data, [problem('', 'not_utf8')])
  t.equal(data[wrong!.start], 0xff)
  t.end()
})

t.test('what nests by the thousand overflows nothing', (t) => {
  const text = '['.repeat(100_000)
  t.same([...jsonSpans(text, new Set(['/0']))].length, 1)
  t.end()
})
