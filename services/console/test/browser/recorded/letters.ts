import type * as Api from '../../../page/api-types.ts'
import { before, NOW } from './time.ts'

export const TEXT =
  '{"event_type":"order","order_id":"1001","customer_id":"7","order_date":"2031-05-04T10:00:00Z","status":"maybe","items":[],"total_amount":12.5}'

const statusAt = TEXT.indexOf('"maybe"')

const itemsAt = TEXT.indexOf('[]')

export const letter: Api.DeadLetter = {
  dead_letter_id: '8821',
  at: before(300),
  reason: 'contract',
  path: '/status',
  value: '"maybe"',
  message: 'status must be one of pending, processing, shipped, delivered',
  event_type: 'order',
  table: 'orders',
  message_id: '771',
  publish_time: before(301),
  attempt: 1,
  parts: 1,
  replayed_at: null,
  bytes: TEXT.length,
}

const problem = {
  path: '/status',
  rule: 'enum',
  message: 'must be one of pending, processing, shipped, delivered',
  value: '"maybe"',
}

const place = (start: number, end: number, path: string, rule: string, message: string) => ({
  path,
  rule,
  message,
  missing: false,
  start,
  end,
  text_start: start,
  text_end: end,
})

export const deadLetter: Api.DeadLetterDetail = {
  ...letter,
  attributes: { 'ce-id': '1001', 'ce-source': 'shop' },
  data: btoa(TEXT),
  text: TEXT,
  is_cut: false,
  places: [
    place(statusAt, statusAt + 7, '/status', 'enum', problem.message),
    place(itemsAt, itemsAt + 2, '/items', 'minItems', 'must not have fewer than 1 items'),
  ],
  replays: [],
}

export const deadLetters: Api.DeadLetters = {
  letters: [
    letter,
    {
      ...letter,
      dead_letter_id: '8822',
      reason: 'not_json',
      path: '',
      value: 'hello',
      event_type: '',
      message: 'no JSON',
    },
    {
      ...letter,
      dead_letter_id: '8823',
      path: '/customer_id',
      value: '',
      message: '/customer_id: the field is missing',
    },
  ],
  total: 2,
  replayed: 0,
  groups: [
    {
      reason: 'contract',
      path: '/status',
      event_type: 'order',
      letters: 1,
      replayed: 0,
      last_at: before(300),
      curve: Array.from({ length: 60 }, (_, index) => index % 7),
    },
    {
      reason: 'not_json',
      path: '',
      event_type: '',
      letters: 1,
      replayed: 0,
      last_at: before(500),
      curve: Array.from({ length: 60 }, (_, index) => index % 3),
    },
  ],
  curve_times: Array.from({ length: 60 }, (_, index) => NOW / 1000 - 60 * (60 - index)),
}

/** The judge of the stand-in: it knows one rule. */
export function judged(text: string): Api.Judged {
  const at = text.indexOf('"maybe"')
  if (at >= 0)
    return {
      outcome: 'rejected',
      reason: 'contract',
      event_type: 'order',
      problems: [problem],
      places: [place(at, at + 7, '/status', 'enum', problem.message)],
    }
  return {
    outcome: 'event',
    event_type: 'order',
    event_id: '1001',
    table: 'orders',
    partition: '2031-05-04',
    problems: [],
    places: [],
    plan: { action: 'fits', added: [], widened: [], relaxed: [], conflicts: [] },
  }
}
