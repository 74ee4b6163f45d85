import type { JsonObject } from '@tablestream/table-schema'
import t from 'tap'
import Type, { type TObject, type TSchema } from 'typebox'
import { knownType, useContracts, validateEvent } from '../../src/index.ts'
import { know } from '../../src/known/known-types.ts'

const SLOW = '^(a+)+$'
/** To try one way through it after the other takes years. */
const HOSTILE = `${'a'.repeat(60)}!`
const code = () => Type.String({ pattern: SLOW })

const judged = (schema: TObject, event: JsonObject) => {
  // whatever has no column, too
  know([{ type: 'a', table: 'a', schema, clusterBy: [] }])
  return validateEvent('a', { event_type: 'a', ...event })
}

t.afterEach(() => useContracts([]))

t.test('a pattern takes one look at a text wherever a contract has it', (t) => {
  const one = Type.Object({ code: code() })
  const places: Record<string, [schema: TObject, bad: (text: string) => JsonObject]> = {
    anyOf: [Type.Object({ v: Type.Union([code(), Type.Integer()]) }), (v) => ({ v })],
    allOf: [Type.Object({ v: Type.Intersect([code(), Type.String({ minLength: 2 })]) }), (v) => ({ v })],
    oneOf: [Type.Object({ v: Type.Unsafe({ oneOf: [code(), { type: 'integer' }] }) }), (v) => ({ v })],
    not: [Type.Object({ v: Type.Unsafe({ not: { not: code() } }) }), (v) => ({ v })],
    if: [Type.Object({ v: Type.Unsafe({ if: { type: 'integer' }, else: code() }) }), (v) => ({ v })],
    items: [Type.Object({ v: Type.Array(Type.Union([one, Type.Null()])) }), (c) => ({ v: [{ code: c }] })],
    tuple: [Type.Object({ v: Type.Tuple([code()]) }), (v) => ({ v: [v] })],
    contains: [Type.Object({ v: Type.Unsafe({ contains: code() }) }), (v) => ({ v: [v] })],
    additionalProperties: [
      Type.Object({}, { additionalProperties: code() }),
      (v) => ({ v, event_type: 'a' }),
    ],
    propertyNames: [Type.Object({ v: Type.Unsafe({ propertyNames: code() }) }), (v) => ({ v: { [v]: 1 } })],
    'a record': [Type.Object({ v: Type.Record(Type.String(), code()) }), (v) => ({ v: { k: v } })],
    'a definition': [
      Type.Unsafe({
        type: 'object',
        $defs: { code: code() },
        properties: { v: { $ref: '#/$defs/code' } },
      }) as never,
      (v) => ({ v }),
    ],
  }
  for (const [place, [schema, bad]] of Object.entries(places)) {
    t.not(judged(schema, bad(HOSTILE)).length, 0, `${place}: refuses`)
    if (place !== 'additionalProperties') t.same(judged(schema, bad('aaa')), [], `${place}: takes`)
  }
  const [problem] = judged(Type.Object({ v: Type.Intersect([code()]) }), { v: 'b' })
  t.match(problem, { path: '/v', rule: 'pattern', message: `must match pattern "${SLOW}"` })
  t.end()
})

t.test('what only looks like a pattern is none: a field of that name, and values', (t) => {
  const pattern = Type.Object({ pattern: Type.String() })
  t.same(
    judged(Type.Object({ pattern: Type.String(), v: pattern }), { pattern: '(', v: { pattern: '(' } }),
    [],
  )
  const v = Type.Unsafe({ enum: [{ pattern: '(' }], default: { pattern: '(' } })
  t.same(judged(Type.Object({ v }), { v: { pattern: '(' } }), [])
  t.end()
})

t.test('a check by a function counts beside a pattern', (t) => {
  const even = Type.Refine(Type.Integer(), (n) => n % 2 === 0)
  const schema = Type.Object({ n: even, code: code(), v: Type.Union([code(), Type.Null()]) })
  t.same(judged(schema, { n: 2, code: 'a', v: 'a' }), [])
  t.match(judged(schema, { n: 3, code: 'a', v: 'a' }), [{ path: '/n' }])
  t.end()
})

t.test('patterns of names are refused: who checks schemas reads those itself', (t) => {
  const v = Type.Unsafe({ patternProperties: { [SLOW]: { type: 'integer' } } })
  t.throws(() => judged(Type.Object({ v }), { v: {} }), /patternProperties.*\^\(a\+\)\+\$/)
  t.end()
})

t.test('a contract that nobody can look at is refused with its place before the first event', (t) => {
  const use = (v: TSchema) => () =>
    useContracts([{ type: 'hours', table: 'hours', schema: Type.Object({ v }), clusterBy: [] }])
  const byHour = Type.Union([Type.Null(), Type.Record(Type.Integer(), Type.Number())])
  t.throws(use(byHour), {
    message:
      /^the contract of hours: \/properties\/v\/anyOf\/1\/patternProperties has a pattern of names of fields, which is not supported: \^/,
  })
  const ahead = Type.String({ pattern: '(?=a)' })
  t.throws(use(ahead), /^the contract of hours: \/properties\/v\/pattern cannot be read: /)
  t.throws(use(Type.Array(ahead)), /: \/properties\/v\/items\/pattern cannot be read: /)
  t.throws(use(Type.Tuple([ahead])), /: \/properties\/v\/items\/0\/pattern cannot be read: /)
  t.throws(
    use(Type.Tuple([Type.Integer()])),
    /^the contract of hours: contract field \/v has no column type: /,
  )
  t.equal(knownType('hours'), undefined)
  t.end()
})

t.test('a tuple is looked at as it is beside a pattern and a multiple, and an array of nothing, too', (t) => {
  const pair = Type.Tuple([code(), Type.Number({ multipleOf: 0.5 })])
  const schema = Type.Object({ pair, code: code(), price: Type.Number({ multipleOf: 0.01 }) })
  t.same(judged(schema, { pair: ['a', 1.5], code: 'a', price: 0.03 }), [])
  t.match(judged(schema, { pair: [HOSTILE, 1.5], code: 'a', price: 0.03 }), [
    { path: '/pair/0', rule: 'pattern' },
  ])
  t.match(judged(schema, { pair: ['a', 1.6], code: 'a', price: 0.03 }), [
    { path: '/pair/1', rule: 'multipleOf' },
  ])
  t.match(judged(schema, { pair: ['a', 1.5], code: 'b', price: 0.03 }), [{ path: '/code', rule: 'pattern' }])
  const none = Type.Object({ none: Type.Unsafe({ type: 'array', items: false }), code: code() })
  t.match(judged(none, { none: [1], code: 'a' }), [{ path: '/none/0' }])
  t.end()
})

t.test('a field that must not be there is none that may be anything, beside a pattern, too', (t) => {
  const schema = Type.Unsafe({
    type: 'object',
    properties: { code: code(), old: false },
  }) as unknown as TObject
  t.same(judged(schema, { code: 'a' }), [])
  t.match(judged(schema, { code: 'a', old: 1 }), [{ path: '/old', value: 1 }])
  t.end()
})

t.test(
  'an address of millions of characters is none, and a format that takes minutes is none at all',
  (t) => {
    for (const format of ['email', 'idn-email']) {
      const schema = Type.Object({ to: Type.String({ format }) })
      t.same(judged(schema, { to: `${'a'.repeat(64)}@${'b.'.repeat(127)}c` }), [], format)
      for (const start of ['a.', '"a', '{a.'])
        t.match(judged(schema, { to: `${start.repeat(4_000_000)}@b` }), [{ path: '/to', rule: 'format' }])
    }
    const schema = Type.Object({ v: Type.Union([Type.String({ format: 'regex' }), Type.Null()]) })
    t.throws(
      () => judged(schema, { v: '.' }),
      /the contract of a: \/properties\/v\/anyOf\/0\/format is regex, which/,
    )
    t.end()
  },
)

t.test('a hundred thousand equal items hold nobody up wherever a contract wants them different', (t) => {
  const different = () => Type.Array(Type.Integer(), { uniqueItems: true })
  const schemas: Record<string, TObject> = {
    anyOf: Type.Object({ v: Type.Union([different(), Type.Null()]) }),
    allOf: Type.Object({ v: Type.Intersect([different(), Type.Array(Type.Integer(), { minItems: 1 })]) }),
    'an item': Type.Object({
      v: Type.Unsafe({ anyOf: [{ type: 'array', items: different() }, different()] }),
    }),
  }
  for (const [place, schema] of Object.entries(schemas)) {
    t.same(judged(schema, { v: [1, 2, 3] }), [], place)
    const before = process.cpuUsage()
    t.not(judged(schema, { v: Array(100_000).fill(1) }).length, 0, place)
    const { user, system } = process.cpuUsage(before)
    t.ok(user + system < 3_000_000, `${place}: ${user + system} µs of the processor`)
  }
  t.match(judged(schemas['allOf']!, { v: [7, 7] }), [
    { path: '/v', rule: 'uniqueItems', message: 'must not have duplicate items', value: [7, 7] },
  ])
  t.end()
})
