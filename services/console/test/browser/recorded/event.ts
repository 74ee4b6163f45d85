import type * as Api from '../../../page/api-types.ts'
import { TEXT } from './letters.ts'
import { before } from './time.ts'

const COLUMNS: Api.Field[] = [
  { name: 'event_id', type: 'STRING', mode: 'NULLABLE' },
  { name: 'status', type: 'STRING', mode: 'NULLABLE' },
  { name: 'total_amount', type: 'FLOAT', mode: 'NULLABLE' },
  {
    name: 'items',
    type: 'RECORD',
    mode: 'REPEATED',
    fields: [{ name: 'product_id', type: 'STRING', mode: 'NULLABLE' }],
  },
  { name: '_unmapped', type: 'JSON', mode: 'NULLABLE' },
]

const ROW = {
  event_id: '1001',
  status: 'pending',
  total_amount: 12.5,
  items: [{ product_id: 'p1', quantity: 2 }],
  _unmapped: null,
}

export const event: Api.EventAnswer = {
  found_by: 'event_id',
  looked_from: before(86_400),
  looked_until: before(0),
  events: [
    {
      event_type: 'order',
      event_id: '1001',
      source: 'shop',
      messages: (['landed', 'duplicate'] as const).map((end, index) => ({
        message_id: String(771 + index),
        publish_time: before(300 - index),
        event_type: 'order',
        event_id: '1001',
        source: 'shop',
        by: 'shop',
        door: 'event-gateway',
        attributes: { 'ce-id': '1001', 'ce-source': 'shop' },
        bytes: TEXT.length,
        text: TEXT,
        is_cut: false,
        end,
      })),
      judged: { outcome: 'event', problems: [], contract: 'order' },
      destination: { table: 'orders', partition: '2031-05-04', cluster_by: ['customer_id', 'status'] },
      plan: { action: 'fits', added: [], widened: [], relaxed: [], conflicts: [] },
      waited_for: [
        {
          changed_at: before(299.5),
          change: 'altered',
          columns: ['coupon'],
          asked_by_it: true,
          seconds_after_publish: 0.42,
        },
      ],
      rows: [
        {
          table: 'orders',
          partition: '2031-05-04',
          processed_timestamp: before(299),
          seconds: 0.52,
          columns: COLUMNS,
          row: ROW,
        },
      ],
      values: [
        {
          path: '/order_id',
          value: '"1001"',
          end: 'column',
          column: 'order_id',
          column_type: 'STRING',
          stored: '"1001"',
          changed: false,
        },
        {
          path: '/total_amount',
          value: '12.50',
          end: 'column',
          column: 'total_amount',
          column_type: 'FLOAT64',
          stored: '12.5',
          changed: true,
        },
        { path: '/price', value: '"free"', end: 'unmapped' },
        { path: '/note', value: 'null', end: 'empty' },
      ],
      sql: "SELECT * FROM `dev_events_dataset.orders` WHERE event_id = '1001'",
    },
  ],
  milliseconds: 84,
  bytes_read: 1_240_000,
}

export const result: Api.Result = {
  columns: COLUMNS,
  rows: [ROW, { ...ROW, event_id: '1002', _unmapped: '{"/price":"free"}' }],
  total_rows: 2,
  bytes_read: 4096,
  milliseconds: 31,
}
