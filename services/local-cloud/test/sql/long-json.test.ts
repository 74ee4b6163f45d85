import fc from 'fast-check'
import t from 'tap'
import { cases } from '../../../../test/long-tests.ts'
import { longJsonQuery, longJsonValue } from '../../src/sql/duck/long-json.ts'
import { isJson } from '../../src/sql/duck/scan-json.ts'
import { openRest } from '../open-bigquery.ts'

interface Answer {
  readonly rows?: readonly { readonly f: readonly { readonly v: string | null }[] }[]
  readonly error?: { readonly message: string }
}

/** White space as JSON may have it, and as it may not. */
const space = fc.constantFrom('', '', '', ' ', '\n', '\t ', '\r\n')
// none with an escape: of those the parser itself gives wrong ones, now and then, and SQL is asked about them below
const NAMES = ['a', 'b', 'ä', 'a b', 'long name', '', '}', '😀']
const PATHS: readonly (readonly (string | number)[])[] = [
  [],
  ...['a', 'b', 'ä', 'a b', '😀'].map((name) => [name]),
  [0],
  [2],
  ['a', 'a'],
  ['a', 1],
  ['b', 0, 'a'],
  [1, 'a'],
]
const written = fc
  .tuple(fc.string({ unit: 'binary' }), fc.boolean())
  .map(([text, isEscaped]) =>
    isEscaped
      ? `"${Array.from({ length: text.length }, (_, at) => String.raw`\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`
      : JSON.stringify(text),
  )
const key = fc.constantFrom(...NAMES).map((name) => JSON.stringify(name))
const scalar = fc.oneof(
  fc.constantFrom('true', 'false', 'null', '0', '-1', '12345678901234567890', '1.50', '1e3', '-0.10E-2'),
  written,
)
const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc
      .tuple(
        space,
        fc.array(
          fc.tuple(space, tie('json'), space).map((parts) => parts.join('')),
          { maxLength: 3 },
        ),
      )
      .map(([blank, items]) => `[${items.length === 0 ? blank : items.join()}]`),
    fc
      .tuple(
        space,
        fc.uniqueArray(fc.tuple(space, key, space, space, tie('json'), space), {
          maxLength: 4,
          selector: ([, name]) => JSON.parse(name) as string,
        }),
      )
      .map(
        ([blank, fields]) =>
          `{${fields.length === 0 ? blank : fields.map(([a, name, b, c, value, d]) => `${a}${name}${b}:${c}${value}${d}`).join()}}`,
      ),
  ),
}))

const at = (text: string, steps: readonly (string | number)[]): unknown =>
  steps.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Array.isArray(value) === (typeof step === 'number')
        ? (value as Record<string | number, unknown>)[step]
        : undefined,
    JSON.parse(text),
  )

t.test('what stands at a path of a long text is what stands there once the text is parsed', (t) => {
  const isSame = (text: string, steps: readonly (string | number)[]) => {
    const value = at(text, steps)
    const query = longJsonQuery(text, steps)
    const isNothing = value === undefined || value === null
    if (isNothing !== (query === undefined)) throw new Error(`${query} for ${JSON.stringify(value)}`)
    if (query !== undefined && JSON.stringify(JSON.parse(query)) !== JSON.stringify(value))
      throw new Error(`${query} for ${JSON.stringify(value)}`)
    const told = longJsonValue(text, steps)
    const wanted = isNothing || typeof value === 'object' ? undefined : (value as string | number | boolean)
    const isEqual = typeof wanted === 'number' ? Number(told) === wanted : told === wanted?.toString()
    if (!isEqual) throw new Error(`${told} for ${JSON.stringify(value)}`)
  }
  fc.assert(fc.property(json, fc.constantFrom(...PATHS), isSame), { numRuns: cases(2000) })
  t.end()
})

t.test('a text is JSON where a parser takes it, unless it writes half a character', (t) => {
  const parses = (text: string): boolean => {
    try {
      JSON.parse(text)
      return true
    } catch {
      return false
    }
  }
  const odd = fc.constantFrom(...'{}[],:"\\ ue0.-+tn\u0001'.split(''), '01', 'tru')
  const cut = fc
    .tuple(json, fc.nat(), fc.nat({ max: 3 }), fc.array(odd, { maxLength: 2 }))
    .map(([text, from, count, more]) => {
      const place = from % (text.length + 1)
      return text.slice(0, place) + more.join('') + text.slice(place + count)
    })
  const same = (text: string) => {
    const wanted = parses(text)
    const mayHoldHalf = /\\u[dD]/.test(text)
    if (isJson(text) !== wanted && !(wanted && mayHoldHalf)) throw new Error(`isJson is ${isJson(text)}`)
  }
  fc.assert(fc.property(fc.oneof(json, cut), same), { numRuns: cases(4000) })
  for (const whole of [
    String.raw`\ud83d\ude00`,
    String.raw`\\ud800`,
    String.raw`\\\ud83d\ude00`,
    String.raw`\\udc00`,
  ])
    t.ok(isJson(`"${whole}"`), whole)
  for (const half of [
    String.raw`\ud83d`,
    String.raw`\ude00`,
    String.raw`\\\ud800`,
    String.raw`\ud83d\\ude00`,
    String.raw`\ude00\ud83d`,
  ])
    t.notOk(isJson(`"${half}"`), half)
  t.end()
})

t.test('SQL reads a long text as a short one', async (t) => {
  const { post } = await openRest<Answer>(t)
  const texts = [
    '{"event_type":"order","n":1.50,"i":12,"t":true,"x":null,"o":{"a":[1,"é"]},"e":"\\u00e4\\n"}',
    '{"o":{"event_type":1},"event_type":"","event_type":"second"}',
    String.raw`{"e\\\\":1,"\\u0065vent_type":"a\\"b\\\\","i":"\\ud83d\\ude00"}`,
    String.raw`{"event_type":"x","e":"\\ud800"}`,
    '[1]',
    '{"event_type":"x"',
  ]
  const paths = ['event_type', 'n', 'i', 't', 'x', 'o', 'e', 'o.a[1]']
  const cells = paths.flatMap((path) => [`JSON_VALUE(text, '$.${path}')`, `JSON_QUERY(text, '$.${path}')`])
  const ask = async (suffix: string) => {
    const rows = texts.map(
      (text, n) => `STRUCT(${n} AS n, CONCAT(${JSON.stringify(text)}, ${suffix}) AS text)`,
    )
    const query = `SELECT ${cells.join(', ')} FROM UNNEST([${rows.join(', ')}]) ORDER BY n`
    const { rows: found, error } = await post('queries', { query, useLegacySql: false })
    t.equal(error?.message, undefined)
    return found!.map(({ f }) => f.map(({ v }) => v))
  }
  const short = await ask("''")
  t.strictSame(await ask("REPEAT(' ', 20000)"), short)
  t.equal(short[0]![0], 'order')
})

t.test('many fields of a dozen messages of megabytes are read in little memory', async (t) => {
  const { post } = await openRest<Answer>(t, { memoryMb: 200 })
  const names = Array.from({ length: 10 }, (_, n) => `f${n}`)
  const fields = names.map((name, n) => `"${name}":${n}`).join()
  const text = `CONCAT('{${fields},"v":"', REPEAT('x', 1000000), '"}')`
  const found = names.map((name) => `COUNT(${name})`).join(', ')
  const read = names.map((name) => `JSON_VALUE(text, '$.${name}') AS ${name}`).join(', ')
  const query = `SELECT ${found} FROM (SELECT ${read} FROM (SELECT ${text} AS text FROM UNNEST(GENERATE_ARRAY(1, 12))))`
  const { rows, error } = await post('queries', { query, useLegacySql: false, timeoutMs: 60_000 })
  t.equal(error?.message, undefined)
  t.strictSame(
    rows?.[0]?.f.map(({ v }) => v),
    names.map(() => '12'),
  )
})
