import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { readingOf, sourceOf } from './reading.ts'

t.test(
  'the elements of an array come one by one, each with its own bytes, in whatever chunks the file comes',
  async () => {
    const property = fc.asyncProperty(
      fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 10 }),
      fc.constantFrom(undefined, 1, '\t'),
      fc.integer({ min: 1, max: 30 }),
      async (elements, space, size) => {
        const texts = elements.map((each) => JSON.stringify(each, undefined, space))
        const { values, found, broken } = await readingOf(sourceOf(` [ ${texts.join(' ,\n')} ]\n`, size))
        assert.equal(found.format, 'json_array')
        assert.deepEqual(values, texts)
        assert.deepEqual(broken, [])
      },
    )
    await fc.assert(property, { numRuns: 200 })
  },
)

t.test('an element tells its number, its line and its byte; digits stay as they were written', async (t) => {
  const { reads, values } = await readingOf(
    sourceOf('[\n  {"a": 1.000},\n  {"a": 123456789012345678901234567890}\n]'),
  )
  t.same(values, ['{"a": 1.000}', '{"a": 123456789012345678901234567890}'])
  t.same(reads[1]!.place, { uri: 'test:source', line: 3, byte: 20, row: 1 })
})

t.test('values over several lines, one behind the other, are records', async (t) => {
  const values = [{ a: 1, b: { c: [1, 2] } }, { a: '} {' }, { a: 3 }].map((each) =>
    JSON.stringify(each, undefined, 2),
  )
  const reading = await readingOf(sourceOf(values.join('\n'), 7))
  t.equal(reading.found.format, 'json_values')
  t.same(reading.values, values)
  t.same(
    reading.reads.map(({ place }) => place.line),
    [1, 10, 13],
  )
})

t.test('an element that is none is told or handed on, and those beside it are read', async (t) => {
  const { values, broken } = await readingOf(sourceOf('[{"a":1}, {"a":}, , {"a":2},]'))
  t.same(values, ['{"a":1}', '{"a":}', '{"a":2}'], 'what has bytes is for its judge to refuse')
  t.match(broken, [
    { rule: 'not_json', place: { row: 2 } },
    { rule: 'not_json', place: { row: 4 } },
  ])
})

t.test('an array that is cut off says so behind the elements before it', async (t) => {
  const inside = await readingOf(sourceOf('[{"a":1},{"a":2},{"a":"x'))
  t.same(inside.values, ['{"a":1}', '{"a":2}'])
  t.match(inside.error, {
    rule: 'truncated',
    message: 'test:source: it ends in the middle of a value',
    where: { row: 2, byte: 17 },
  })
  const between = await readingOf(sourceOf('[{"a":1},{"a":2}'))
  t.match(between.error, { rule: 'truncated', what: 'it ends before its array does' })
})

t.test('text behind the array is damage, with its place', async (t) => {
  const { values, error } = await readingOf(sourceOf('[{"a":1}]\n[{"a":2}\n]'))
  t.same(values, ['{"a":1}'])
  t.match(error, { rule: 'damaged', where: { line: 2, byte: 10 } })
})

t.test('an element that is longer than a message may be is broken, and the next one is read', async (t) => {
  const { values, broken } = await readingOf(sourceOf(`[{"a":"${'x'.repeat(9000)}"},{"a":2}]`, 100), {
    most: 5000,
  })
  t.same(values, ['{"a":2}'])
  t.match(broken, [{ rule: 'too_long', length: 9008, place: { row: 0, byte: 1 } }])
})
