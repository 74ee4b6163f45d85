import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { cases } from '../../../../test/long-tests.ts'
import { readPortion } from '../../src/formats/index.ts'
import { readingOf, sourceOf } from './reading.ts'

t.test(
  'a record is a line, its bytes as they are, with the line and the byte at which it begins',
  async (t) => {
    const { found, reads, values } = await readingOf(
      sourceOf('{"a":1.10}\r\n\n  {"a":12345678901234567890}  \n\t\n{"a":3}'),
    )
    t.equal(found.format, 'ndjson')
    t.same(values, ['{"a":1.10}', '{"a":12345678901234567890}', '{"a":3}'])
    t.same(
      reads.map(({ place }) => place),
      [
        { uri: 'test:source', line: 1, byte: 0 },
        { uri: 'test:source', line: 3, byte: 13 },
        { uri: 'test:source', line: 5, byte: 46 },
      ],
    )
  },
)

t.test(
  'however lines are shared out by bytes, and in whatever chunks they come, each is read once',
  async () => {
    const line = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => JSON.stringify({ text }))
    const property = fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 20 }),
      fc.constantFrom('\n', '\r\n', '\n\n'),
      fc.boolean(),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      async (lines, end, isEnded, bytes, size) => {
        const object = sourceOf(lines.join(end) + (isEnded ? end : ''), size)
        assert.deepEqual((await readingOf(object, { bytes })).values, lines)
      },
    )
    await fc.assert(property, { numRuns: cases(200) })
  },
)

t.test('a portion counts its lines, and with these the next one knows the numbers of its own', async (t) => {
  const text = Array.from({ length: 100 }, (_, at) => `{"n":${at}}\n${at % 7 === 0 ? '\n' : ''}`).join('')
  const object = sourceOf(text, 13)
  const { portions, found } = await readingOf(object, { bytes: 100 })
  t.ok(portions.length > 5)
  const numbers = text.split('\n').flatMap((line, at) => (line === '' ? [] : [at + 1]))
  const count = { lines: 0 }
  const told: unknown[] = []
  for (const portion of portions)
    for await (const batch of readPortion(
      object,
      found,
      { ...portion, firstLine: count.lines + 1 },
      { count },
    ))
      told.push(...batch.map(({ place }) => place.line))
  t.same(told, numbers)
})

t.test(
  'a line that is longer than a message may be is broken: its length, its place, its first bytes; reading goes on',
  async (t) => {
    const long = `{"a":"${'x'.repeat(200_000)}"}`
    const { values, broken } = await readingOf(sourceOf(`{"a":1}\n${long}\n{"a":2}\n`, 1000), {
      most: 100_000,
    })
    t.same(values, ['{"a":1}', '{"a":2}'])
    const [one] = broken
    t.match(one, { rule: 'too_long', length: long.length, place: { line: 2, byte: 8 } })
    t.equal(one!.reason, `a record has at most 100000 bytes, and this one has ${long.length}`)
    t.equal(Buffer.from(one!.bytes).toString(), long.slice(0, 64 << 10))
  },
)

t.test('UTF-16 and a byte order mark are read, and the mark is in no record', async (t) => {
  const text = '\uFEFF{"a":"ä"}\n{"a":"€"}\n'
  const utf8 = await readingOf(sourceOf(text))
  t.same(utf8.values, ['{"a":"ä"}', '{"a":"€"}'])
  t.equal(utf8.reads[0]!.place.byte, 3)
  const utf16 = await readingOf(sourceOf(Buffer.from(text, 'utf16le'), 5))
  t.same(utf16.values, ['{"a":"ä"}', '{"a":"€"}'])
  t.equal(utf16.found.encoding, 'utf-16le')
  // in the middle of a letter, and of one that has two of these units
  const packed = Buffer.from('\uFEFFid,name\n1,ä\n2,😀', 'utf16le')
  for (const bytes of [1, 2]) {
    const cut = await readingOf(sourceOf(packed.subarray(0, -bytes), 7))
    t.match(
      cut.error,
      { rule: 'truncated', what: 'its UTF-16 ends in the middle of a character' },
      `${bytes} bytes less`,
    )
  }
  const unmarked = await readingOf(sourceOf(Buffer.from('{"a":"b"}\n', 'utf16le').swap16()))
  t.same([unmarked.found.encoding, unmarked.values], ['utf-16be', ['{"a":"b"}']])
})
