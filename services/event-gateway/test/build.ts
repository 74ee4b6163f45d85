import { createHash } from 'node:crypto'
import { createLogger, type OutgoingMessage, type Publisher } from '@tablestream/service-kit'
import { parseApiKeys } from '../src/access/api-keys.ts'
import { buildApp, type AppOptions } from '../src/app.ts'
import { bulkHere } from '../src/bulk.ts'

export const KEY = 'a key of the tests'
export const hashOf = (key: string) => createHash('sha256').update(key).digest('hex')

export interface Recording extends Publisher {
  readonly sent: OutgoingMessage[]
}

/** A publisher that keeps what it is given. */
export function recording(change: Partial<Publisher> = {}): Recording {
  const sent: OutgoingMessage[] = []
  return {
    sent,
    publish(messages) {
      sent.push(...messages)
      return Promise.resolve(messages.map((_, index) => `m-${index}`))
    },
    check: () => Promise.resolve(),
    close: () => Promise.resolve(),
    ...change,
  }
}

export function build(publisher: Publisher, change: Partial<AppOptions> = {}) {
  return buildApp({
    logger: createLogger({ service: 'test', level: 'silent' }),
    publisher,
    bulk: bulkHere(publisher, change.maxBodyBytes ?? 10 << 20),
    keys: parseApiKeys(JSON.stringify({ tests: { sha256: hashOf(KEY) } })),
    requestsPerMinute: 10_000,
    maxBodyBytes: 10 << 20,
    bytesPerMinute: 10 << 30,
    maxHeldBytes: 100 << 20,
    maxRequests: 100,
    now: () => new Date('2026-03-04T05:06:07Z'),
    ...change,
  })
}

export interface Answer {
  readonly taken: number
  readonly rejected_count: number
  readonly events: { index: number; message_id: string; event_id: string; event_type: string }[]
  readonly rejected: {
    index: number
    problems: { path: string; rule: string; message: string; value?: string }[]
  }[]
}

export const HEADERS = { 'x-api-key': KEY, 'content-type': 'application/json' }
export const ORDER = {
  event_type: 'order',
  order_id: 'o-1',
  customer_id: 'c-1',
  order_date: '2026-03-04T05:06:07Z',
  status: 'pending',
  items: [{ product_id: 'p', product_name: 'n', quantity: 1, price: 9.5 }],
  total_amount: 9.5,
}
