import t from 'tap'
import type { Account } from '@tablestream/ledger'
import { linesOf } from '../../scripts/events/show-ledger.ts'

const account = (eventType: string, more: Partial<Account> = {}): Account => ({
  eventType,
  table: 'x',
  messages: 1,
  landed: 0,
  duplicates: 0,
  replaced: 0,
  deadLettered: 0,
  missing: 1,
  landedById: 0,
  extraRows: 0,
  collisions: 0,
  ...more,
})

t.test('what strangers wrote moves no cursor, and makes no line longer than a screen has', async (t) => {
  const eventType = `\u001b[2J${'y'.repeat(1000)}`
  const lost = { eventType, eventId: 'a\u009bb\nc', source: '\u202ex', messages: 1, messageId: '7' }
  const lines = linesOf({
    accounts: [account(eventType), account('old', { landed: 1, missing: 0, landedById: 1 })],
    missing: [{ ...lost, publishTime: '2026-03-04T05:06:07.000Z' }],
    collisions: [],
    uncompared: [{ messages: 2, why: 'in the table z the column event_id is INT64, and not STRING' }],
    bytesRead: 1,
    bytesBilled: 10 * 2 ** 20,
  })
  const text = lines.join('\n')
  for (const control of ['\u001b', '\u009b', '\u202e']) t.notOk(text.includes(control))
  t.match(text, String.raw`event id a\u009bb\nc  source \u202ex  message id 7`)
  t.match(text, /1 of those that landed are told by their id alone/)
  t.match(text, /cannot be compared, and may have no end:\n {2}2: in the table z/)
  t.ok(lines.every(({ length }) => length < 240))
  t.ok(lines[0]!.length < 200)
})
