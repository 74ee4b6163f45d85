import { toJsonText } from '@tablestream/table-schema'
import fc from 'fast-check'
import t from 'tap'
import { decodeMessage, judgeParsed, type Message } from '../../src/index.ts'

const message = (data: string | Uint8Array, attributes: Record<string, string> = {}): Message => ({
  data: Buffer.from(data as string),
  attributes,
  messageId: 'm-1',
  publishTime: '2026-03-04T23:59:59.999Z',
})
const event = (json: object, attributes = {}) => decodeMessage(message(JSON.stringify(json), attributes))

t.test('what is no event is told with its reason', (t) => {
  const cases: [string | Uint8Array, object][] = [
    ['', { reason: 'not_json' }],
    ['{', { reason: 'not_json', value: '{' }],
    [new Uint8Array([0xff]), { reason: 'not_utf8' }],
    ['null', { reason: 'not_an_object' }],
    ['"x"', { reason: 'not_an_object' }],
    ['{}', { reason: 'no_event_type', path: '/event_type', value: '' }],
    ['{"event_type":" "}', { reason: 'no_event_type', value: '" "' }],
    ['{"event_type":["x"]}', { reason: 'no_event_type', value: '["x"]' }],
    ['{"event_type":"x","a":[{"b":"\\udc00"}]}', { reason: 'not_unicode', path: '/a/0/b' }],
    ['{"event_type":"x","\\ud800":1}', { reason: 'not_unicode' }],
    ['{"event_type":"x","event_type":"y"}', { reason: 'duplicate_key', path: '/event_type' }],
    ['{"event_type":"x","a":[{"b":1,"b":2}]}', { reason: 'duplicate_key', path: '/a/0/b' }],
  ]
  for (const [data, wanted] of cases)
    t.match(decodeMessage(message(data)), { outcome: 'rejected', ...wanted }, String(data))
  t.equal(
    event({ event_type: 'x', ok: '\u{1F600}' }).outcome,
    'event',
    'a whole pair of surrogates is a character',
  )
  t.end()
})

t.test('keys with an escape keep their names, whatever others sent before', (t) => {
  decodeMessage(message(String.raw`{"event_type":[],"\\":0}`))
  const decoded = decodeMessage(message(String.raw`{"event_type":"x","\"":1}`))
  t.same(decoded.outcome === 'event' && Object.keys(decoded.event), ['event_type', '"'])
  const twice = decodeMessage(message(String.raw`{"event_type":"x","\"":1,"\"":2}`))
  t.match(twice, { reason: 'duplicate_key', path: '/"' })
  t.end()
})

t.test('an event nests at most 500 levels, itself included', (t) => {
  // a long number sends the text through a reviver, which recurs with each level
  for (const inner of ['1', '9007199254740993', '"[{"']) {
    const arrays = (levels: number) =>
      `{"event_type":"x","a":${'['.repeat(levels)}${inner}${']'.repeat(levels)}}`
    const objects = (levels: number) =>
      `{"event_type":"x","a":${'{"b":'.repeat(levels)}${inner}${'}'.repeat(levels)}}`
    for (const nested of [arrays, objects]) {
      t.equal(decodeMessage(message(nested(499))).outcome, 'event')
      for (const levels of [500, 2500, 100_000])
        t.match(decodeMessage(message(nested(levels))), { outcome: 'rejected', reason: 'too_deep', path: '' })
    }
  }
  const texts = '["[{","\\"[[","\\\\"],'.repeat(1000)
  t.equal(
    decodeMessage(message(`{"event_type":"x","a":[${texts}0]}`)).outcome,
    'event',
    'brackets in a text are none',
  )
  const judged = judgeParsed([[]], '[['.repeat(400) + ']]'.repeat(400), message(''))
  t.match(judged, { reason: 'too_deep' }, 'what was parsed by others is looked at too')
  t.end()
})

t.test(
  'an event holds at most 500,000 values, however it comes, and none is made of one that holds more',
  (t) => {
    // an event with its type and a list: seven of its signs are no elements
    const text = (elements: number) => `{"event_type":"x","v":[${Array(elements).fill('1').join()}]}`
    const parsed = (json: string) => judgeParsed(JSON.parse(json) as never, json, message(''))
    for (const decode of [(json: string) => decodeMessage(message(json)), parsed]) {
      t.match(decode(text(499_990)), { outcome: 'event' })
      t.match(decode(text(500_010)), {
        outcome: 'rejected',
        reason: 'too_many_values',
        message: /at most 500000 values, and this one 5000/,
      })
    }
    const hostile = `{"event_type":"order","order_id":"1","items":[${Array(3_000_000).fill('{}').join()}]}`
    const before = process.memoryUsage().rss
    t.match(decodeMessage(message(hostile)), { reason: 'too_many_values' })
    t.ok(process.memoryUsage().rss - before < 100e6)
    t.end()
  },
)

t.test(
  'an event has at most 100,000 different keys, however it comes; the same ones may come more often',
  (t) => {
    const text = (keys: number) =>
      `{"event_type":"x","v":[${Array.from({ length: keys - 2 }, (_, n) => `{"k${n}":1}`).join()}]}`
    const parsed = (json: string) => judgeParsed(JSON.parse(json) as never, json, message(''))
    for (const decode of [(json: string) => decodeMessage(message(json)), parsed]) {
      t.match(decode(text(100_000)), { outcome: 'event' })
      t.match(decode(text(100_001)), { outcome: 'rejected', reason: 'too_many_keys' })
      t.match(decode(`{"event_type":"x","v":[${Array(120_000).fill('{"a":1,"b":2}').join()}]}`), {
        outcome: 'event',
      })
    }
    t.end()
  },
)

t.test('an event type has at most 1,024 bytes of UTF-8', (t) => {
  for (const type of ['A'.repeat(1024), 'é'.repeat(512)])
    t.match(event({ event_type: type }), { outcome: 'event', eventType: type })
  for (const type of ['A'.repeat(1025), 'é'.repeat(513), 'A'.repeat(9_000_000)]) {
    t.match(event({ event_type: type }), {
      reason: 'event_type_too_long',
      path: '/event_type',
      value: /^"[Aé]+/,
    })
  }
  t.end()
})

t.test('no bytes make it throw, and each has its answer at once', (t) => {
  const answers = (bytes: string | Uint8Array) => {
    const decoded = decodeMessage(message(bytes))
    // whoever goes on with an event of any size and depth is as safe
    return decoded.outcome === 'rejected' || typeof toJsonText(decoded.event) === 'string'
  }
  t.doesNotThrow(() => fc.assert(fc.property(fc.uint8Array(), answers)))
  const piece = fc.constantFrom(
    '[',
    '{"a":',
    '{"event_type":"x","a":',
    '"',
    '\\',
    '9'.repeat(20),
    ',',
    ']',
    '}',
    '1e400',
  )
  const run = fc.tuple(piece, fc.nat(5000)).map(([text, times]) => text.repeat(times))
  t.doesNotThrow(() =>
    fc.assert(fc.property(fc.array(run, { maxLength: 6 }), (parts) => answers(parts.join('')))),
  )
  const large = 10_000_000
  const hostile = [
    '['.repeat(large),
    '{"a":'.repeat(large / 5),
    '{"event_type":"x","a":'.repeat(large / 22),
    `{"event_type":"x","a":${'9'.repeat(large)}}`,
    `{"event_type":"x","a":[${'9007199254740993,'.repeat(large / 17)}1]}`,
    `{"event_type":"x","a":"${'\\ud83d\\ude00'.repeat(large / 12)}"}`,
    `"${'\\'.repeat(large)}`,
    '"'.repeat(large),
  ]
  for (const text of hostile) t.ok(answers(text), `${text.slice(0, 30)}… of ${text.length} characters`)
  t.end()
})
