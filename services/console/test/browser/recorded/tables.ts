import type * as Api from '../../../page/api-types.ts'
import { result } from './event.ts'
import { before } from './time.ts'

export const tables: Api.Tables = {
  tables: [
    {
      name: 'orders',
      kind: 'events',
      event_type: 'order',
      rows: 31_004,
      bytes: 18_400_000,
      created_at: before(86_400),
      columns: 21,
      last_change: before(1200),
    },
    {
      name: 'orders_deduplicated',
      kind: 'view',
      rows: null,
      bytes: null,
      created_at: before(86_400),
      columns: 21,
      last_change: null,
    },
    {
      name: 'dead_letters',
      kind: 'own',
      rows: 38,
      bytes: 90_000,
      created_at: before(86_400),
      columns: 6,
      last_change: null,
    },
  ],
}

export const table: Api.Table = {
  name: 'orders',
  kind: 'events',
  event_type: 'order',
  rows: 31_004,
  created_at: before(86_400),
  partition_by: 'event_date',
  cluster_by: ['customer_id', 'status'],
  columns: [
    { path: 'event_id', type: 'STRING', mode: 'NULLABLE', since: null, asked_by: [], origin: 'system' },
    {
      path: 'order_id',
      type: 'STRING',
      mode: 'REQUIRED',
      since: before(86_400),
      asked_by: [],
      origin: 'contract',
    },
    {
      path: 'items',
      type: 'RECORD',
      mode: 'REPEATED',
      since: before(86_400),
      asked_by: [],
      origin: 'contract',
    },
    {
      path: 'items.product_id',
      type: 'STRING',
      mode: 'NULLABLE',
      since: before(86_400),
      asked_by: [],
      origin: 'contract',
    },
    {
      path: 'coupon',
      type: 'STRING',
      mode: 'NULLABLE',
      since: before(1200),
      asked_by: ['1001', '1002'],
      origin: 'inferred',
    },
  ],
  sql: 'SELECT *\nFROM `dev_events_dataset.orders`\nLIMIT 20',
}

export const history: Api.History = {
  changes: [
    {
      change_id: 'b',
      changed_at: before(1200),
      change: 'altered',
      added: ['coupon'],
      relaxed: [],
      widened: [],
      event_ids: ['1001'],
      lines: ['  total_amount FLOAT64', '+ coupon STRING'],
    },
    {
      change_id: 'a',
      changed_at: before(86_400),
      change: 'created',
      added: ['order_id'],
      relaxed: [],
      widened: [],
      event_ids: ['1'],
      lines: ['+ order_id STRING NOT NULL', '+ status STRING'],
    },
  ],
}

export const columnFigures: Api.ColumnFigures = {
  rows: 31_004,
  freshest: before(1),
  columns: [
    { path: 'event_id', null_rate: 0, distinct: 31_004 },
    { path: 'coupon', null_rate: 0.934, distinct: 12 },
  ],
  bytes_read: 9_000_000,
}

export const rows: Api.Rows = { ...result, sql: table.sql }

export const columns = {
  tables: [
    { name: 'orders', columns: ['event_id', 'order_id', 'status', 'items.product_id', 'total_amount'] },
  ],
}
