import type * as Api from '../../../page/api-types.ts'
import { figures } from './flow.ts'
import { before } from './time.ts'

const account = (event_type: string, name: string, of: ReturnType<typeof figures>) => ({
  event_type,
  table: name,
  ...of,
  landed_by_id: 0,
  extra_rows: 0,
  collisions: 0,
})

export const reconcile: Api.Reconcile = {
  since: before(86_400),
  at: before(1),
  accounts: [
    account('order', 'orders', figures(31_240, 31_004, 201, 35)),
    account('page_view', 'page_view', figures(404, 403, 0, 0)),
  ],
  total: { ...figures(31_644, 31_407, 201, 35), extra_rows: 0, collisions: 0 },
  missing: [
    {
      event_type: 'page_view',
      event_id: 'lost-1',
      source: '',
      messages: 1,
      message_id: '9001',
      publish_time: before(4000),
    },
  ],
  collisions: [
    { event_type: 'order', event_id: '1001', source: '', contents: 2, messages: 2, message_ids: ['1', '2'] },
  ],
  uncompared: [],
  bytes_read: 55_000_000,
}
