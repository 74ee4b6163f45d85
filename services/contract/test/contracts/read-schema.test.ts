import t from 'tap'
import { readSchema } from '../../src/contracts/read-schema.ts'

const field = (schema: unknown) => readSchema({ type: 'object', properties: { f: schema } })

t.test('what the judge and the columns know is taken as it is', (t) => {
  const cases: object[] = [
    { type: 'string', enum: ['a', 'b'], minLength: 1, description: 'which' },
    { type: 'string', format: 'date-time' },
    { type: 'string', format: 'uuid', pattern: '^[0-9a-f-]+$', maxLength: 36 },
    { type: 'integer', minimum: 0, exclusiveMaximum: 10, multipleOf: 2 },
    { type: 'number', enum: [0.5, 1] },
    { type: 'boolean', const: true },
    { type: 'array', items: { type: 'integer' }, minItems: 1, maxItems: 3, uniqueItems: true },
    { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], minProperties: 1 },
    { type: 'object', properties: { a: { type: 'string' } }, required: [], additionalProperties: false },
  ]
  for (const schema of cases) {
    const { schema: read, problems } = field(schema)
    t.same(problems, [])
    t.same(read?.properties?.['f'], schema)
  }
  t.end()
})

t.test('what a contract says in fewer words is put in them', (t) => {
  const cases: [object, object][] = [
    [{ enum: ['a', 'b'] }, { type: 'string', enum: ['a', 'b'] }],
    [{ const: 'a' }, { type: 'string', const: 'a' }],
    [
      {
        anyOf: [
          { const: 'a', title: 'A' },
          { type: 'string', const: 'b' },
        ],
      },
      { type: 'string', enum: ['a', 'b'] },
    ],
    [
      { type: 'string', oneOf: [{ const: 'a' }, { const: 'b' }] },
      { type: 'string', enum: ['a', 'b'] },
    ],
    [{ type: 'integer', 'x-owner': 'shop' }, { type: 'integer' }],
    [
      { type: ['string', 'null'], enum: ['a', null] },
      { type: 'string', enum: ['a'] },
    ],
  ]
  for (const [given, wanted] of cases)
    t.match(field(given), { schema: { properties: { f: wanted } }, problems: [] })
  t.end()
})

t.test('a reference is read as a URL has it', (t) => {
  const { schema, problems } = readSchema({
    $defs: { 'a b/c~%': { type: 'integer' } },
    type: 'object',
    properties: { f: { $ref: '#/$defs/a%20b~1c~0%25' } },
  })
  t.same(problems, [])
  t.match(schema, { properties: { f: { type: 'integer' } } })
  t.match(field({ $ref: '#/$defs/%' }).problems, [{ at: '/properties/f/$ref', what: /where nothing is/ }])
  t.end()
})

t.test('a field that may be null is not required: null is absence', (t) => {
  const nullable = [
    { type: ['integer', 'null'] },
    { anyOf: [{ type: 'integer' }, { type: 'null' }], default: null },
    { oneOf: [{ type: 'null' }, { $ref: '#/$defs/count' }] },
  ]
  for (const schema of nullable) {
    const { schema: read, problems } = readSchema({
      type: 'object',
      properties: { f: schema, g: { type: 'string' } },
      required: ['f', 'g'],
      $defs: { count: { type: 'integer' } },
    })
    t.same(problems, [])
    t.match(read, { properties: { f: { type: 'integer' } } })
    t.same(read?.required, ['g'])
  }
  t.end()
})

t.test('references into the same file are put in, as often as they come', (t) => {
  const { schema, problems } = readSchema({
    type: 'object',
    properties: {
      from: { $ref: '#/definitions/a~1b', description: 'whence' },
      to: { $ref: '#/definitions/a~1b' },
    },
    definitions: { 'a/b': { type: 'object', properties: { city: { type: 'string' } } } },
  })
  const address = { type: 'object', properties: { city: { type: 'string' } }, required: [] }
  t.same(problems, [])
  t.same(schema, {
    type: 'object',
    properties: { from: { ...address, description: 'whence' }, to: address },
    required: [],
  })
  t.end()
})

t.test('what no contract can be made of is told by JSON pointer', (t) => {
  const cases: [unknown, string, RegExp][] = [
    [{ oneOf: [{ type: 'string' }, { type: 'integer' }] }, '/oneOf', /not supported/],
    [{ type: 'number', not: { const: 1 } }, '/not', /not supported: of a number a contract knows .*minimum/],
    [
      { type: 'object', properties: { a: { type: 'string' } }, patternProperties: {} },
      '/patternProperties',
      /not supp/,
    ],
    [{ $ref: 'other.json#/a' }, '/$ref', /into this file/],
    [{ $ref: '#/$defs/nowhere' }, '/$ref', /nothing is/],
    [{ $ref: '#/properties/f' }, '/$ref', /an end/],
    [{ $ref: '#/$defs/a', minimum: 1 }, '/minimum', /beside \$ref/],
    [{ type: ['string', 'integer'] }, '/type', /must be one of .* but is \["string","integer"\]/],
    [{ type: 'null' }, '/type', /must be one of/],
    [{ type: 'constructor' }, '/type', /must be one of/],
    [{ type: 'string', enum: 'a' }, '/enum', /must be an array/],
    [{}, '', /needs a type/],
    [{ minimum: 3 }, '', /needs a type/],
    [true, '', /no schema of a column/],
    [{ type: 'object' }, '/properties', /must name a field/],
    [{ type: 'array', items: { type: 'array', items: { type: 'integer' } } }, '/items', /array in an array/],
    [{ type: 'array' }, '/items', /no schema of a column, but missing/],
    [{ type: 'object', properties: { 'a b': { type: 'string' } } }, '/properties/a b', /name of a column/],
    [
      { type: 'object', properties: { a: { type: 'string' }, A: { type: 'string' } } },
      '/properties/A',
      /already/,
    ],
    [{ type: 'string', pattern: '(' }, '/pattern', /regular expression .*but is "\("/],
    [{ type: 'string', pattern: '^(?=.*[A-Z]).*$' }, '/pattern', /without look-around.*but is "\^/],
    [{ type: 'string', pattern: String.raw`(a)\1` }, '/pattern', /references to groups/],
    [{ type: 'string', format: 'regex' }, '/format', /must be one of (?!.*regex,)/],
    [{ type: 'string', format: 'phone' }, '/format', /must be one of .*uuid.*"phone"/],
    [{ type: 'string', minLength: -1 }, '/minLength', /whole number/],
    [{ type: 'string', enum: [1] }, '/enum', /values of its type/],
    [{ type: 'integer', minimum: '1' }, '/minimum', /a number, but is "1"/],
    [
      { type: 'object', properties: { a: { type: 'string' } }, required: true },
      '/required',
      /array of names/,
    ],
    [{ type: 'array', items: { type: 'integer', if: {} } }, '/items/if', /not supported/],
  ]
  for (const [schema, at, what] of cases) {
    const { schema: read, problems } = field(schema)
    t.equal(read, undefined)
    t.equal(problems[0]?.at, `/properties/f${at}`, JSON.stringify(schema))
    t.match(problems[0]?.what, what)
  }
  t.match(readSchema({ type: 'string' }).problems, [{ at: '/type', what: /object/ }])
  t.match(readSchema({ type: 'object', properties: { _unmapped: { type: 'string' } } }).problems, [
    { at: '/properties/_unmapped' },
  ])
  const deep = (depth: number): object =>
    depth === 0 ? { type: 'string' } : { type: 'object', properties: { f: deep(depth - 1) } }
  t.same(readSchema(deep(16)).problems, [], 'fifteen records in an event')
  t.match(readSchema(deep(17)).problems, [{ what: /deeper than the 15 records/ }])
  t.end()
})
