import t from 'tap'
import { deadLetterAttributes } from '../src/dead-letter.ts'
import { judgeMessage } from '../src/judge-message.ts'

const message = (data: string) => ({
  data: Buffer.from(data),
  attributes: { mine: 'kept' },
  messageId: '7',
  publishTime: '2026-01-01T00:00:00.000Z',
})

t.test('a dead letter tells reason, path and value, and keeps the attributes of the message', (t) => {
  const source = message('{"event_type":"inventory","reason":"eaten"}')
  const verdict = judgeMessage(source)
  if (verdict.verdict !== 'dead_letter') throw new Error('it is no dead letter')
  const { rejection, eventType } = verdict
  const attributes = deadLetterAttributes({
    message: source,
    rejection,
    eventType,
    table: '',
    deliveryAttempt: 3,
    subscription: 's',
  })
  t.match(attributes, {
    mine: 'kept',
    'dead-letter-reason': 'invalid_event',
    'dead-letter-path': '/inventory_id',
    'dead-letter-event-type': 'inventory',
    'dead-letter-message-id': '7',
    'dead-letter-attempt': '3',
  })
  t.match(attributes['dead-letter-message'], /\/reason: must be one of restock, sale, return, damage/)
  t.notOk('dead-letter-table' in attributes, 'empty ones are left out')
  t.end()
})

t.test('attributes stay within what Pub/Sub takes, in whole characters', (t) => {
  const attributes = deadLetterAttributes({
    message: message(''),
    rejection: { reason: 'not_json', path: '', value: '😀'.repeat(2000), message: 'ü'.repeat(2000) },
    eventType: '',
    table: '',
    deliveryAttempt: 1,
    subscription: 's',
  })
  for (const [key, value] of Object.entries(attributes)) {
    t.ok(Buffer.byteLength(value) <= 1024, `${key} has ${Buffer.byteLength(value)} bytes`)
    t.ok(value.isWellFormed())
  }
  t.end()
})
