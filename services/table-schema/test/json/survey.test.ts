import fc from 'fast-check'
import t from 'tap'
import { cases } from '../../../../test/long-tests.ts'
import { survey } from '../../src/json/survey.ts'

const surveyOf = (text: string) => survey(Buffer.from(text))

function levelsOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(levelsOf))
}

function keysOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const inside = Object.values(value).reduce((sum: number, each) => sum + keysOf(each), 0)
  return Array.isArray(value) ? inside : inside + Object.keys(value).length
}

/** Everything that parsing makes: arrays, objects and what stands in them. */
function valuesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce((sum: number, each) => sum + valuesOf(each), 1)
}

t.test('it counts what parsing would make, however the text is spaced', (t) => {
  const texts = fc.json({ maxDepth: 8, stringUnit: fc.constantFrom('"', ':', '\\', '{', '[', ',', '9', 'é') })
  fc.assert(
    fc.property(texts, fc.constantFrom(undefined, 1, '\t'), (json, space) => {
      const value = JSON.parse(json) as unknown
      const known = surveyOf(JSON.stringify(value, undefined, space))
      const most = valuesOf(value)
      return (
        known.levels === levelsOf(value) &&
        known.keys === keysOf(value) &&
        // one too many for an array or an object of nothing
        known.values >= most &&
        known.values <= 2 * most
      )
    }),
    { numRuns: cases(3000) },
  )
  t.match(surveyOf('[1,[2,3],{"a":4,"b":5}]'), { elements: 3, levels: 2, keys: 2 })
  t.match(surveyOf('[[[[[['), { levels: 6 }, 'no JSON, but as deep')
  t.end()
})

t.test('it tells whether all bytes are ASCII, wherever they stand', (t) => {
  const ascii = String.raw`{"a\":[1e5, "b\u00e9"],"c":-1.5}`
  t.equal(surveyOf(ascii).isAscii, true)
  for (let at = 0; at <= ascii.length; at++)
    t.equal(surveyOf(`${ascii.slice(0, at)}é${ascii.slice(at)}`).isAscii, false, String(at))
  t.end()
})

t.test('it tells whether a key has an escape; a text has none of its own', (t) => {
  for (const text of [String.raw`{"\n":1}`, String.raw`{"a":{"b\u0041" : 1},"c":2}`, String.raw`[{"\\":1}]`])
    t.equal(surveyOf(text).hasEscapedKey, true, text)
  for (const text of ['{"a":1}', String.raw`{"a":"\n","b":"\":1"}`, String.raw`["\\",{"a":"\n"}]`])
    t.equal(surveyOf(text).hasEscapedKey, false, text)
  t.end()
})

t.test('it tells whether a number has digits that a double does not give back', (t) => {
  for (const text of [
    '9007199254740993',
    '{"a":[1e400]}',
    '[1e-400,1]',
    '{"a":0.12345678901234567}',
    '1E+999',
  ])
    t.equal(surveyOf(text).losesDigits, true, text)
  for (const text of [
    '9007199254740992',
    '[1e300,-1.5E-7]',
    '[0.1,123456789012345]',
    '"9007199254740993"',
    '{"1e400":"12345678.123456789"}',
    '0.30000000000000004',
  ])
    t.equal(surveyOf(text).losesDigits, false, text)
  t.end()
})
