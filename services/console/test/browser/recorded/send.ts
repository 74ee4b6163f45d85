import type * as Api from '../../../page/api-types.ts'
import { before } from './time.ts'

export const session: Api.Session = {
  token: 'the-token-of-this-page',
  project: 'tablestream-local',
  dataset: 'dev_events_dataset',
  environment: 'dev',
  may: { replay: true, send: true, generate: true, faults: true, sql: true },
}

export const types: Api.Types = {
  type_field: 'event_type',
  types: [
    // the API tells them by the alphabet: the page begins with order all the same
    {
      event_type: 'auction_sale',
      table: 'auction_sales',
      schema: { type: 'object', properties: { event_type: { type: 'string', const: 'auction_sale' } } },
      example: { event_type: 'auction_sale' },
    },
    {
      event_type: 'order',
      table: 'orders',
      schema: {
        type: 'object',
        required: ['event_type', 'order_id', 'status', 'items', 'total_amount'],
        properties: {
          event_type: { type: 'string', const: 'order' },
          order_id: { type: 'string', minLength: 1 },
          status: { enum: ['pending', 'processing', 'shipped', 'delivered'] },
          items: {
            type: 'array',
            minItems: 1,
            items: {
              type: 'object',
              required: ['product_id'],
              properties: { product_id: { type: 'string' }, quantity: { type: 'integer' } },
            },
          },
          total_amount: { type: 'number' },
          shipping_address: { type: 'object', required: ['city'], properties: { city: { type: 'string' } } },
          order_date: { type: 'string', format: 'date-time', description: 'RFC 3339 with offset' },
        },
      },
      example: {
        event_type: 'order',
        order_id: '1001',
        status: 'pending',
        items: [{ product_id: 'p1', quantity: 2 }],
        total_amount: 12.5,
      },
    },
  ],
}

export const sent: Api.Sent = {
  status: 200,
  answer: { published: 1, events: [{ message_id: '773', event_id: '1001' }] },
}

export const generator = {
  tasks: [
    {
      task_id: 't1',
      state: 'finished',
      started_at: before(60),
      elapsed_seconds: 30,
      duration_seconds: 30,
      asked_events_per_second: 10,
      kept_events_per_second: 10,
      published: 300,
      failed: 0,
    },
  ],
  scenarios: [
    { name: 'quiet-day', description: 'A shop on a quiet day.', duration_seconds: 60, events: 600 },
  ],
  event_types: ['order', 'inventory', 'user_activity'],
  troubles: { duplicate: 'The same event twice', wrong_type: 'Text where a number belongs' },
}

export const faults: Api.Faults = {
  plan: { seed: 1, rules: [{ on: 'storage.append', do: 'delay', ms: 500, probability: 0.1 }] },
  injected: { 'storage.append delay': 3 },
  points: { 'storage.append': ['error', 'delay'], 'pubsub.publish': ['error', 'stall'] },
}
