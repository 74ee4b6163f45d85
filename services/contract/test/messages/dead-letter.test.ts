import t from 'tap'
import { deadLetterMessages, judge, type Rejection } from '../../src/index.ts'

const message = (data: string | Buffer, attributes: Record<string, string> = { mine: 'kept' }) => ({
  data: Buffer.from(data),
  attributes,
  messageId: '7',
  publishTime: '2026-01-01T00:00:00.000Z',
})
const NOT_JSON: Rejection = { reason: 'not_json', path: '', value: 'x', message: 'it is no JSON' }
const lettersOf = (source: ReturnType<typeof message>, rejection = NOT_JSON, eventType = '') =>
  deadLetterMessages({
    message: source,
    rejection,
    eventType,
    table: '',
    from: { attempt: '3', subscription: 's' },
  })
const sizeOf = (letter: ReturnType<typeof lettersOf>[number]) =>
  Object.entries(letter.attributes).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key + value),
    letter.data.length,
  )

t.test('a dead letter tells reason, path and value, and keeps the attributes of the message', (t) => {
  const source = message('{"event_type":"inventory","reason":"eaten"}')
  const verdict = judge(source)
  if (verdict.outcome !== 'rejected') throw new Error('it is no dead letter')
  const [letter, ...others] = lettersOf(source, verdict, verdict.eventType)
  t.same(others, [])
  t.same(letter!.data, source.data)
  t.match(letter!.attributes, {
    mine: 'kept',
    'dead-letter-reason': 'invalid_event',
    'dead-letter-path': '/inventory_id',
    'dead-letter-event-type': 'inventory',
    'dead-letter-message-id': '7',
    'dead-letter-attempt': '3',
  })
  t.match(letter!.attributes['dead-letter-message'], /\/reason: must be one of restock, sale, return, damage/)
  t.notOk('dead-letter-table' in letter!.attributes, 'empty ones are left out')
  t.end()
})

t.test('attributes stay within what Pub/Sub takes, in whole characters', (t) => {
  const long = { reason: 'not_json', path: '', value: '😀'.repeat(2000), message: 'ü'.repeat(2000) } as const
  const [letter] = lettersOf(message(''), long)
  for (const [key, value] of Object.entries(letter!.attributes)) {
    t.ok(Buffer.byteLength(value) <= 1024, `${key} has ${Buffer.byteLength(value)} bytes`)
    t.ok(value.isWellFormed())
  }
  t.end()
})

t.test('attributes of the message that have names of ours, or of Google, or no value, are kept', (t) => {
  const own = Object.fromEntries([
    ['dead-letter-reason', 'mine'],
    ['googclient_x', 'y'],
    ['empty', ''],
    ['original-x', 'z'],
    ['CloudPubSubDeadLetterSourceDeliveryCount', '5'],
    ['__proto__', 'p'],
  ])
  t.match(lettersOf(message('x', own))[0]!.attributes, {
    'dead-letter-reason': 'not_json',
    'original-dead-letter-reason': 'mine',
    'original-googclient_x': 'y',
    'original-original-x': 'z',
    'original-CloudPubSubDeadLetterSourceDeliveryCount': '5',
    'original-__proto__': 'p',
    empty: '',
  })
  t.end()
})

t.test('what Pub/Sub would not take as one message goes in parts, and nothing is left out', (t) => {
  const attributes = (count: number, value: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`own-${n}`, value]))
  const wide = 'ü'.repeat(512)
  const sources = [
    message('no json', attributes(95, 'v')),
    message('', attributes(100, wide)),
    message(Buffer.alloc(9_999_800, 'x')),
    message(Buffer.alloc(9_860_000, 'y'), attributes(100, wide)),
  ]
  for (const source of sources) {
    const letters = lettersOf(source)
    t.equal(letters.length, 2)
    for (const [index, letter] of letters.entries()) {
      t.ok(Object.keys(letter.attributes).length <= 100)
      t.ok(sizeOf(letter) <= 9_600_000, `${sizeOf(letter)} bytes`)
      t.match(letter.attributes, {
        'dead-letter-reason': 'not_json',
        'dead-letter-message-id': '7',
        'dead-letter-part': String(index + 1),
        'dead-letter-parts': '2',
      })
    }
    t.ok(Buffer.concat(letters.map(({ data }) => data)).equals(source.data))
    const all = Object.assign({}, ...letters.map((letter) => letter.attributes)) as Record<string, string>
    t.match(all, source.attributes)
  }
  t.end()
})
