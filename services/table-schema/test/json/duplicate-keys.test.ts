import fc from 'fast-check'
import t from 'tap'
import { cases } from '../../../../test/long-tests.ts'
import { duplicateKey } from '../../src/json/duplicate-keys.ts'
import { pointer, type JsonValue } from '../../src/json/json-text.ts'
import { parseJson } from '../../src/json/parse-json.ts'
import { survey } from '../../src/json/survey.ts'

const found = (text: string): string | undefined =>
  duplicateKey(text, survey(Buffer.from(text)), parseJson(text))

t.test('a key that comes twice in its object is told by its path', (t) => {
  for (const [text, path] of [
    ['{"a":1,"a":2}', '/a'],
    ['{"a":1,"a":1}', '/a'],
    ['{"a" :1,"a":2}', '/a'],
    ['{"a":1,"a"\n:2}', '/a'],
    ['{"a":1,"\\u0061":2}', '/a'],
    ['{"l":[1,{"x/y":1,"x/y":{}}]}', '/l/1/x~1y'],
    ['{"__proto__":1,"__proto__":2}', '/__proto__'],
    ['{"s":"\\":","a":1,"a":2}', '/a'],
    ['{"b\\\\":1,"a":1,"a":2}', '/a'],
    ['[{"a":1},{"b":{"c":[],"c":[]}}]', '/1/b/c'],
  ] as const)
    t.equal(found(text), path, text)
  t.end()
})

t.test('keys of other objects are others, whatever texts hold', (t) => {
  for (const text of [
    '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}',
    '{"s":"{\\"a\\":1,\\"a\\":2}","t":"x :y","u":"\\\\"}',
    '{"s":" :  : \\":","é":":"}',
    '{"a" : 1, "b"\t: 2}',
    '{}',
    '"a:b"',
    '{"":1}',
  ])
    t.equal(found(text), undefined, text)
  t.end()
})

t.test('it is found wherever it stands, and nowhere else', (t) => {
  const spaces = fc.constantFrom(undefined, 1, '\t')
  const key = fc.string({ unit: fc.constantFrom('a', '"', ':', '\\', ' ', 'é'), maxLength: 4 })
  const tree = fc.json({ stringUnit: fc.constantFrom('"', ':', '\\', ' ', 'a', 'é') })
  fc.assert(
    fc.property(tree, key, spaces, fc.nat(), (json, twice, space, place) => {
      const text = JSON.stringify(parseJson(json), undefined, space)
      if (found(text) !== undefined) return false
      const at = placesOf(parseJson(text), '').map((path) => pointer(path, twice))
      const marked = [...text.matchAll(/\{/g)].map(({ index }) => index)
      // braces in texts are not told from objects: only where there are none it is known where to put one
      if (at.length === 0 || marked.length !== at.length) return true
      const index = marked[place % marked.length]!
      const doubled = `{${JSON.stringify(twice)}:1,${JSON.stringify(twice)}:2${/^\s*\}/.test(text.slice(index + 1)) ? '' : ','}`
      return at.includes(found(text.slice(0, index) + doubled + text.slice(index + 1)) ?? 'none')
    }),
    { numRuns: cases(3000) },
  )
  t.end()
})

/** The paths of all objects. */
function placesOf(value: JsonValue, path: string): string[] {
  if (typeof value !== 'object' || value === null) return []
  const inside = Object.entries(value).flatMap(([key, each]) => placesOf(each, pointer(path, key)))
  return Array.isArray(value) ? inside : [path, ...inside]
}
