import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import t from 'tap'
import { readingOf, sourceOf } from './reading.ts'

/** Texts with halves of pairs that stand alone, which no decoder but one that looks for them keeps apart from U+FFFD. */
const unit = fc.oneof(
  fc.constantFrom('a', 'ä', '€', '😀', '\uFFFD', '\uD83D', '\uDE00', '\uD800', '\uDFFF'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
)
const line = fc.array(unit, { maxLength: 12 }).map((units) => JSON.stringify(units.join('')))
// JSON.stringify escapes halves; they are to stand in the file as they are
const raw = line.map((text) =>
  text.replaceAll(/\\u(d[89a-f]..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
)

t.test(
  'of UTF-16 each record is what was written, and one with half of a pair is no text, whoever cuts the bytes',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(raw, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        async (texts, isBigEndian, size) => {
          const written = Buffer.from(
            `\uFEFF{"a":1}\n${texts.map((text) => `{"a":${text}}`).join('\n')}\n`,
            'utf16le',
          )
          const { reads, error } = await readingOf(sourceOf(isBigEndian ? written.swap16() : written, size))
          assert.equal(error, undefined)
          const records = reads
            .slice(1)
            .map((read) => (read.kind === 'record' ? Buffer.from(read.json) : undefined))
          assert.equal(records.length, texts.length)
          for (const [at, text] of texts.entries()) {
            if (text.isWellFormed()) assert.equal(records[at]!.toString(), `{"a":${text}}`)
            else assert.equal(isUtf8(records[at]!), false)
          }
        },
      ),
    )
  },
)

t.test('a row of CSV with half of a pair is broken, and told by its line', async (t) => {
  const text = '\uFEFFid,name\n1,ä\n2,a\uD83Db\n3,c\n'
  const { values, broken } = await readingOf(sourceOf(Buffer.from(text, 'utf16le'), 5))
  t.same(values, [['1', 'ä'], undefined, ['3', 'c']].filter(Boolean))
  t.match(broken, [{ rule: 'encoding', place: { line: 3 } }])
})

t.test('one wrong byte among letters of UTF-8 makes no Latin-1 of them', async (t) => {
  const rows = ['{"a":"Köln"}', '{"a":"Nîmes"}', '{"a":"x"}']
  const bytes = Buffer.from(rows.join('\n'))
  bytes[bytes.length - 3] = 0xff
  const { found, values } = await readingOf(sourceOf(bytes))
  t.equal(found.encoding, 'utf-8')
  t.same(values.slice(0, 2), rows.slice(0, 2))
})
