import { parseJson, type JsonObject } from '@tablestream/table-schema'
import t from 'tap'
import {
  CATALOGUE,
  destination,
  judge,
  knownType,
  parseContracts,
  useContracts,
  validateEvent,
  type ContractsTold,
} from '../../src/index.ts'

const REFUND = {
  type: 'object',
  required: ['refund_id', 'amount'],
  properties: {
    refund_id: { type: 'string', minLength: 1 },
    amount: { type: 'number', minimum: 0 },
    refunded_at: { type: 'string', format: 'date-time' },
  },
  'x-tablestream': { table: 'refunds', time_field: 'refunded_at', cluster_by: ['refund_id'] },
}
const file = (name: string, schema: unknown) => ({ name, text: JSON.stringify(schema) })
const told = (...files: { name: string; text: string }[]): string => {
  try {
    parseContracts(files)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

t.afterEach(() => useContracts([]))

t.test('a file is the contract of the type that its name says', (t) => {
  useContracts(
    parseContracts([
      file('refund.json', REFUND),
      file('page.viewed.schema.json', { ...REFUND, 'x-tablestream': {} }),
    ]),
  )
  t.match(destination('refund'), { table: 'refunds', clusterBy: ['refund_id'], partitionBy: 'event_date' })
  t.match(
    destination('refund').contract.map(({ name, type, mode }) => [name, type, mode]),
    [
      ['event_type', 'STRING', 'REQUIRED'],
      ['refund_id', 'STRING', 'REQUIRED'],
      ['amount', 'FLOAT64', 'REQUIRED'],
      ['refunded_at', 'TIMESTAMP', 'NULLABLE'],
    ],
  )
  t.equal(destination('page.viewed').table, 'page__viewed', 'the table that it has without a contract')
  t.match(validateEvent('refund', { event_type: 'refund', refund_id: '', amount: -1 }), [
    { path: '/refund_id', rule: 'minLength', value: '' },
    { path: '/amount', rule: 'minimum', value: -1 },
  ])
  const data = Buffer.from(
    '{"event_type":"refund","refund_id":"r","amount":1,"refunded_at":"2026-01-02T00:00:00Z"}',
  )
  const message = { data, attributes: {}, messageId: 'm', publishTime: '2026-02-01T00:00:00Z' }
  t.match(judge(message), { outcome: 'event', eventDate: '2026-01-02' })
  t.end()
})

t.test('a file goes before the catalogue, and keeps its table where it names none', (t) => {
  const { 'x-tablestream': _, ...schema } = REFUND
  useContracts(parseContracts([file('order.json', schema)]))
  t.equal(destination('order').table, 'orders')
  t.same(destination('order').clusterBy, [])
  t.same(validateEvent('order', { event_type: 'order', refund_id: 'r', amount: 1 }), [])
  t.equal(
    knownType('inventory'),
    CATALOGUE.find(({ type }) => type === 'inventory'),
    'the others stay',
  )
  useContracts([])
  t.ok(validateEvent('order', { event_type: 'order', refund_id: 'r', amount: 1 }).length > 0)
  t.end()
})

t.test(
  'a contract that allows no other fields allows those of the envelope, and names each other one',
  (t) => {
    const { 'x-tablestream': _, ...schema } = REFUND
    useContracts(parseContracts([file('refund.json', { ...schema, additionalProperties: false })]))
    const event = { event_type: 'refund', refund_id: 'r', amount: 1, event_id: 5, event_date: '2026-01-01' }
    t.same(validateEvent('refund', event), [])
    t.match(validateEvent('refund', { ...event, note: 'x' }), [
      { path: '/note', rule: 'additionalProperties', value: 'x' },
    ])
    t.equal(validateEvent('refund', { ...event, note: 'x' }).length, 1)
    t.end()
  },
)

t.test('a field that another one asks for is named', (t) => {
  const { 'x-tablestream': _, ...schema } = REFUND
  useContracts(
    parseContracts([file('refund.json', { ...schema, dependentRequired: { refund_id: ['why', 'amount'] } })]),
  )
  t.same(validateEvent('refund', { event_type: 'refund', refund_id: 'r', amount: 1 }), [
    {
      path: '/why',
      rule: 'dependentRequired',
      message: 'the field is missing beside refund_id',
      value: undefined,
    },
  ])
  t.end()
})

t.test('what cannot be is refused, by file, JSON pointer and keyword', (t) => {
  const own = (settings: object) => file('refund.json', { ...REFUND, 'x-tablestream': settings })
  t.match(
    told(file('a.json', { type: 'object', properties: { b: { oneOf: [] } } })),
    /a\.json#\/properties\/b\/oneOf is not supp/,
  )
  t.match(told({ name: 'a.json', text: '{' }), /a\.json# is no JSON: /)
  t.notMatch(told({ name: 'a.json', text: '{\n  "a": b\n}' }), /\n/)
  t.match(told({ name: 'a.json', text: '[]' }), /a\.json# is no JSON Schema of an object/)
  t.match(told({ name: 'a.json', text: '"{"' }), /a\.json# is no JSON Schema of an object/)
  t.match(
    told(own({ clusters: [] })),
    /refund\.json#\/x-tablestream\/clusters is no setting: they are event_type, table/,
  )
  t.match(told(file('refund.json', { ...REFUND, 'x-tablestream': 1 })), /x-tablestream must be an object/)
  for (const table of ['Refunds', 'dead_letters', 'orders_deduplicated', `a_${'deadbeef'.repeat(4)}`, '', 5])
    t.match(told(own({ table })), /refund\.json#\/x-tablestream\/table must be/, String(table))
  for (const type of [' ', '\ud800', 5]) t.match(told(own({ event_type: type })), /event_type must be a text/)
  for (const field of ['amount', 'nothing', 5])
    t.match(told(own({ time_field: field })), /time_field must name a field/)
  for (const names of [['amount'], ['nothing'], ['refund_id', 'refund_id'], 'nothing'])
    t.match(told(own({ cluster_by: names })), /cluster_by must name 4 different fields/)
  const other = { ...REFUND, properties: { ...REFUND.properties, event_type: { const: 'return' } } }
  t.match(told(file('refund.json', other)), /refund\.json#\/properties\/event_type takes no "refund"/)
  t.end()
})

t.test('no two types share a table, and no two files a type', (t) => {
  const named = (settings: object) => ({ ...REFUND, 'x-tablestream': settings })
  t.match(
    told(file('refund.json', named({ table: 'orders' }))),
    /is orders, which is the table of the event type order/,
  )
  t.match(
    told(file('a.json', named({ table: 'x' })), file('b.json', named({ table: 'x' }))),
    /a\.json and b\.json have the same table, x/,
  )
  t.match(
    told(file('a.json', named({})), file('b.json', named({ event_type: 'a' }))),
    /a\.json and b\.json are contracts of the same event type, "a"/,
  )
  useContracts(
    parseContracts([
      file('order.json', named({ table: 'page_view' })),
      file('sale.json', named({ table: 'orders' })),
    ]),
  )
  t.equal(destination('sale').table, 'orders', 'of a type that has another table now')
  t.match(destination('page_view').table, /^page_view_[0-9a-f]{32}$/, 'the name is taken')
  t.end()
})

t.test('a contract keeps the table that a type had by an older version', (t) => {
  const names = ['page_view_7e7106df', `t_${'x'.repeat(200)}_7e7106df`]
  for (const table of names) {
    const settings = { event_type: 'PageView', table }
    const schema = { type: 'object', properties: { event_type: { type: 'string' } } }
    useContracts(parseContracts([file('a.json', { ...schema, 'x-tablestream': settings })]))
    t.equal(destination('PageView').table, table)
  }
  t.end()
})

t.test('a type gets no table that a type of the catalogue keeps, whose file names none either', (t) => {
  const { 'x-tablestream': _, ...schema } = REFUND
  for (const names of [
    ['order.json', 'orders.json'],
    ['orders.json', 'order.json'],
  ]) {
    useContracts(parseContracts(names.map((name) => file(name, schema))))
    t.equal(destination('order').table, 'orders')
    t.match(destination('orders').table, /^orders_[0-9a-f]{32}$/, 'the table that it has without a contract')
  }
  t.end()
})

t.test('null is no field, for rules that count fields or ask for one that has no type', (t) => {
  const rules = (schema: object) => {
    useContracts(
      parseContracts([file('a.json', { type: 'object', properties: { b: { type: 'string' } }, ...schema })]),
    )
    return (event: object) =>
      validateEvent('a', { event_type: 'a', ...event }).map(({ rule, path }) => `${rule} ${path}`)
  }
  const required = rules({ required: ['c'] })
  t.same(required({ b: 'x', c: null }), ['required /c'])
  t.same(required({ c: 5 }), [])
  t.same(rules({ minProperties: 3 })({ b: 'x', c: null }), ['minProperties '])
  t.same(rules({ dependentRequired: { b: ['c'] } })({ b: 'x', c: null }), ['dependentRequired /c'])
  const closed = rules({ additionalProperties: false, required: ['event_id'] })
  t.same(closed({ event_id: null }), ['required /event_id'])
  t.same(closed({ event_id: 'x', c: null }), [])
  t.end()
})

t.test('a field may have a name that every object has, and is missing where an event has none', (t) => {
  for (const name of ['toString', 'valueOf', 'constructor', 'prototype']) {
    const properties = { [name]: { type: 'string' }, b: { type: 'string' } }
    const rules = (schema: object) => {
      useContracts(parseContracts([file('a.json', { type: 'object', properties, ...schema })]))
      return (event: object) =>
        validateEvent('a', { event_type: 'a', ...event }).map(({ rule, path }) => `${rule} ${path}`)
    }
    t.same(rules({})({}), [], name)
    t.same(rules({})({ [name]: 'x' }), [])
    t.same(rules({})({ [name]: 1 }), [`type /${name}`])
    t.same(rules({ required: [name] })({}), [`required /${name}`])
    t.same(rules({ dependentRequired: { b: [name] } })({ b: 'x' }), [`dependentRequired /${name}`])
  }
  t.end()
})

t.test('an amount of millions is a multiple of 0.01, and no half of it is', (t) => {
  const amount = { type: 'number', multipleOf: 0.01 }
  const items = { type: 'array', items: { type: 'object', properties: { amount } } }
  useContracts(parseContracts([file('a.json', { type: 'object', properties: { amount, items } })]))
  const judged = (text: string) => validateEvent('a', parseJson(`{"event_type":"a",${text}}`) as JsonObject)
  for (const text of ['1234567.89', '1000000000.01', '12345678901234567.89', '0.07', 'null', '5e3'])
    t.same(judged(`"amount":${text}`), [], text)
  t.match(judged('"amount":1000000000.015'), [{ path: '/amount', rule: 'multipleOf', value: 1000000000.015 }])
  t.match(judged('"items":[{"amount":1},{"amount":0.001}]'), [
    { path: '/items/1/amount', rule: 'multipleOf' },
  ])
  t.match(judged('"amount":"1"'), [{ path: '/amount', rule: 'type' }])
  t.equal(judged(`"items":[${'{"amount":0.001},'.repeat(100)}{}]`).length, 8)
  t.end()
})

t.test(
  'items that came before are told by their places, and a hundred thousand of them hold nobody up',
  (t) => {
    const items = { type: 'array', items: { type: 'number' }, uniqueItems: true }
    const rows = {
      type: 'array',
      items: { type: 'object', properties: { a: { type: 'number' } } },
      uniqueItems: true,
    }
    useContracts(parseContracts([file('a.json', { type: 'object', properties: { items, rows } })]))
    const judged = (text: string) => validateEvent('a', parseJson(`{"event_type":"a",${text}}`) as JsonObject)
    t.same(
      judged(
        '"items":[1,2,3.5,9007199254740993,9007199254740992,0.12345678901234567891,0.1234567890123456789]',
      ),
      [],
    )
    t.match(judged('"items":[1,2,1.0,5]'), [{ path: '/items/2', rule: 'uniqueItems', value: 1 }])
    t.match(judged('"items":[12345678.123456789,1,12345678.1234567890]'), [
      { path: '/items/2', rule: 'uniqueItems' },
    ])
    t.match(judged('"rows":[{"b":1e400},{"b":0},{"b":10e399},{"b":-1e400}]'), [
      { path: '/rows/2', rule: 'uniqueItems' },
    ])
    t.same(
      judged(`"rows":[{"b":1e${'9'.repeat(400)}},{"b":1e${'8'.repeat(400)}}]`),
      [],
      'what nobody can count',
    )
    t.same(judged('"rows":[{"a":1,"b":2},{"a":2,"b":1},{"b":1},{}]'), [])
    t.match(judged('"rows":[{"a":1,"b":[{"c":1,"d":2}]},{"b":[{"d":2,"c":1}],"a":1,"e":null}]'), [
      { path: '/rows/1', rule: 'uniqueItems' },
    ])
    const before = process.cpuUsage()
    t.equal(judged(`"items":[${'1,'.repeat(100_000)}1]`).length, 8)
    const { user, system } = process.cpuUsage(before)
    t.ok(user + system < 3_000_000, `${user + system} µs of the processor`)
    t.end()
  },
)

t.test('a pattern with a billion ways through thirty letters holds nobody up', (t) => {
  const code = { type: 'string', pattern: '^(a+)+$' }
  const items = { type: 'array', items: { type: 'object', properties: { code } } }
  useContracts(parseContracts([file('a.json', { type: 'object', properties: { code, items } })]))
  const judged = (event: JsonObject) => validateEvent('a', { event_type: 'a', ...event })
  t.same(judged({ code: 'a'.repeat(40) }), [])
  t.same(judged({ code: null }), [])
  const value = `${'a'.repeat(40)}!`
  const problem = { path: '/code', rule: 'pattern', message: 'must match pattern "^(a+)+$"', value }
  t.same(judged({ code: value }), [problem])
  t.same(judged({ items: [{}, { code: value }] }), [{ ...problem, path: '/items/1/code' }])
  t.match(judged({ code: 5 }), [{ path: '/code', rule: 'type' }])
  t.end()
})

t.test('who starts tells which contracts there are, and a digest by which others are seen', (t) => {
  const tell = (...files: { name: string; text: string }[]) => {
    const heard: ContractsTold[] = []
    useContracts(parseContracts(files), (each) => void heard.push(each))
    return heard
  }
  const sale = file('sale.json', { ...REFUND, 'x-tablestream': {} })
  const [both] = tell(file('refund.json', REFUND), sale)
  t.match(both, { tables: { refund: 'refunds', sale: 'sale' }, digest: /^[0-9a-f]{12}$/ })
  t.same(tell(sale, file('refund.json', REFUND)), [both], 'in whatever order')
  t.not(tell(file('refund.json', { ...REFUND, required: [] }), sale)[0]?.digest, both?.digest)
  t.same(tell(), [])
  t.end()
})

t.test('of many problems the first are told', (t) => {
  const files = Array.from({ length: 30 }, (_, index) => ({ name: `${index}.json`, text: '' }))
  const message = told(...files)
  t.match(message, /19\.json.*; and 10 more$/)
  t.notMatch(message, /20\.json/)
  t.end()
})
