import fc from 'fast-check'
import { destination } from '@tablestream/contract'
import { Shop, SHOP_EVENT_TYPES } from '@tablestream/event-generator'
import { plan, toJsonText, type JsonObject } from '@tablestream/table-schema'
import t from 'tap'
import { cases } from '../long-tests.ts'
import { compare, messageOf } from './both-paths.ts'
import { event } from './events.ts'

t.test('whatever the byte path makes a row of, the slow way makes the same row of', (t) => {
  let rows = 0
  const spaces = fc.constantFrom(undefined, 1, '\t')
  const places = fc.constantFrom('first', 'last', 'inside', 'nowhere')
  fc.assert(
    fc.property(event, event, places, spaces, (one, two, place, space) => {
      const typed = (any: JsonObject): JsonObject =>
        place === 'first' ? { event_type: 'x', ...any } : { ...any, event_type: 'x' }
      const asked: JsonObject =
        place === 'nowhere' ? two : place === 'inside' ? { ...two, a: { event_type: 'x' } } : typed(two)
      const { columns } = plan(plan(undefined, typed(one)).columns, { ...asked, event_type: 'x' })
      // toJsonText keeps what JSON.stringify would lose; white space comes where nothing is lost
      const text = toJsonText(asked)
      const spaced = JSON.stringify(JSON.parse(text), undefined, space)
      for (const each of [text, spaced]) if (compare(columns, 'x', messageOf(each))) rows++
    }),
    { numRuns: cases(3000) },
  )
  t.ok(rows > cases(300), `${rows} rows`)
  t.end()
})

t.test('events of the shop go by it, in whatever order their fields come', (t) => {
  const shop = new Shop({ seed: 5, now: () => new Date('2026-01-01T10:00:00.123Z') })
  for (let n = 0; n < 300; n++) {
    const type = SHOP_EVENT_TYPES[n % SHOP_EVENT_TYPES.length]!
    const whole = shop.next(type) as unknown as JsonObject
    const { columns } = plan(undefined, whole, { contract: destination(type).contract })
    const turned = Object.fromEntries(Object.entries(whole).toReversed())
    for (const any of [whole, turned, { ...whole, event_id: 'own' }])
      t.ok(compare(columns, type, messageOf(JSON.stringify(any))), JSON.stringify(any))
    // fields beside the contract, with the names of what every object has
    const odd: JsonObject = { ...whole, constructor: 'x', toString: 1, valueOf: { hasOwnProperty: 1 } }
    const { columns: more } = plan(columns, odd)
    for (const any of [whole, odd])
      t.ok(compare(more, type, messageOf(JSON.stringify(any))), `${type} beside odd columns`)
  }
  t.end()
})

t.test('an event that names its type nowhere, or not at its top, is left alone', (t) => {
  const columns = plan(plan(undefined, { event_type: 'x', url: '/a', meta: { event_type: 'x' } }).columns, {
    event_type: 'x',
    a: 1,
  }).columns
  t.ok(compare(columns, 'x', messageOf('{"event_type":"x","url":"/a","meta":{"event_type":"x"}}')))
  for (const text of [
    '{"url":"/a","meta":{"event_type":"x"}}',
    '{"meta":{"event_type":"x"},"url":"/a"}',
    '{}',
    '{"a":1}',
    '{"event_type":null,"a":1}',
    '{"event_type":null,"meta":{"event_type":"x"}}',
  ])
    t.notOk(compare(columns, 'x', messageOf(text)), text)
  t.notOk(compare(columns, ' ', messageOf('{"event_type":" ","a":1}')), 'a type of spaces is none')
  const { columns: others } = plan(undefined, { a: 1 })
  t.notOk(compare(others, 'x', messageOf('{"a":1}')), 'a table that others made, without the column')
  t.end()
})

t.test('keys of every length, none included', (t) => {
  for (let length = 0; length < 12; length++) {
    const any: JsonObject = { event_type: 'x', ['k'.repeat(length)]: length, z: 'after' }
    const { columns } = plan(undefined, any)
    t.ok(compare(columns, 'x', messageOf(JSON.stringify(any))), `${length} characters`)
    t.ok(compare(columns, 'x', messageOf(JSON.stringify(any, undefined, 1))), `${length}, with spaces`)
    // keys that begin or end alike are others
    const other = JSON.stringify(any).replace(`"${'k'.repeat(length)}"`, `"${'k'.repeat(length)}y"`)
    t.notOk(compare(columns, 'x', messageOf(other)))
  }
  t.end()
})

t.test('a key that JSON writes with an escape is left alone, and so is what only looks like it', (t) => {
  for (const key of ['C:\\new', 'a\nb', 'a\\', 'say "x"', '\ufffd']) {
    const any: JsonObject = { event_type: 'x', [key]: 1, z: 'after' }
    const { columns } = plan(undefined, any)
    compare(columns, 'x', messageOf(JSON.stringify(any)))
    for (const place of ['first', 'last']) {
      const parts = ['"event_type":"x"', `"${key}":2`]
      const text = `{${(place === 'first' ? parts.toReversed() : parts).join()}}`
      t.doesNotThrow(() => compare(columns, 'x', messageOf(text)), `${text}, ${place}`)
    }
  }
  const { columns } = plan(undefined, { event_type: 'x', '\ufffd': 1 })
  const data = Buffer.from('{"event_type":"x","?":1}')
  data[data.indexOf('?')] = 0xff
  t.notOk(compare(columns, 'x', { ...messageOf(''), data }))
  t.end()
})

t.test('a type that JSON writes with an escape is left alone, and so is what only looks like it', (t) => {
  for (const type of ['a\nb', 'a\\', 'say "x"', 'tab\t', '\ufffd']) {
    const { columns } = plan(undefined, { event_type: type, a: 1 })
    for (const text of [JSON.stringify({ event_type: type, a: 1 }), `{"event_type":"${type}","a":1}`])
      t.notOk(compare(columns, type, messageOf(text)), JSON.stringify(text))
  }
  t.end()
})

t.test('what is wrong with an event of the shop is never taken', (t) => {
  const shop = new Shop({ seed: 6, now: () => new Date('2026-01-01T10:00:00.123Z') })
  const values: fc.Arbitrary<unknown> = fc.constantFrom(
    null,
    '',
    'x',
    0,
    -1,
    101,
    1.5,
    1e21,
    true,
    [],
    {},
    [null],
    [[]],
    [{}],
    '2026-01-01',
    '2026-13-01T00:00:00Z',
    '2026-01-01T00:00:00+01:00',
    '2016-12-31T23:59:60Z',
    'a\u0000b',
    'quote " and \\',
    'é€𝄞',
    9_007_199_254_740_992,
  )
  let rows = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...SHOP_EVENT_TYPES),
      fc.nat(30),
      values,
      fc.boolean(),
      (type, place, value, remove) => {
        const whole = shop.next(type) as unknown as Record<string, unknown>
        const { columns } = plan(undefined, whole as JsonObject, { contract: destination(type).contract })
        const keys = [...Object.keys(whole), 'event_id', 'event_date', 'new_field']
        const key = keys[place % keys.length]!
        const { [key]: _, ...others } = whole
        const changed = remove ? others : { ...whole, [key]: value }
        if (compare(columns, type, messageOf(JSON.stringify(changed)))) rows++
      },
    ),
    { numRuns: cases(3000) },
  )
  t.ok(rows > cases(100), `${rows} rows`)
  t.end()
})

t.test('bytes that are not quite JSON, or say a thing twice, are left alone', (t) => {
  const { columns } = plan(undefined, {
    event_type: 'x',
    n: 1,
    f: 0.5,
    s: 'a',
    b: true,
    r: { a: 1 },
    l: [1, 2],
  })
  const good = '{"event_type":"x","n":1,"f":0.5,"s":"a","b":true,"r":{"a":1},"l":[1,2]}'
  t.ok(compare(columns, 'x', messageOf(good)))
  for (let at = 0; at < good.length; at++) {
    compare(columns, 'x', messageOf(good.slice(0, at)))
    compare(columns, 'x', messageOf(good.slice(0, at) + good.slice(at + 1)))
    for (const extra of [
      '"',
      ',',
      '{',
      '}',
      '[',
      ']',
      ':',
      '0',
      '-',
      '.',
      'e',
      ' ',
      '\\',
      '\u0001',
      'n',
      'é',
    ])
      compare(columns, 'x', messageOf(good.slice(0, at) + extra + good.slice(at)))
  }
  const refused = [
    '{"event_type":"x","n":1,"n":2}',
    '{"event_type":"y","n":1}',
    '{"event_type":"x","n":01}',
    '{"event_type":"x","n":1}{}',
    '{"event_type":"x","n":12345678901234567}',
    '{"event_type":"x","s":"\\ud800"}',
  ]
  for (const text of refused) t.notOk(compare(columns, 'x', messageOf(text)), text)
  t.notOk(compare(columns, 'x', messageOf('{"event_type":"x","n":1}', { 'ce-time': '2025-01-01T00:00:00Z' })))
  const broken = {
    ...messageOf(good),
    data: Buffer.from([...Buffer.from('{"event_type":"x","s":"'), 0xff, 0x22, 0x7d]),
  }
  t.notOk(compare(columns, 'x', broken), 'not UTF-8')
  t.end()
})
