import type { UserEvent } from '@tablestream/contract'
import { batchJob } from '../src/jobs/batch-job.ts'
import { asIs, derived, text } from '../src/jobs/fields.ts'

const PRODUCT_PAGE = /\/products\/([^/?#]+)/

/** Steps of customers: lines of JSON. They land beside those of the stream, and one that came by it is a duplicate. */
export const userEvents = batchJob<UserEvent>({
  name: 'user_events',
  from: /^user_events\b/,
  eventType: 'user_event',
  key: ['event_id'],
  newestBy: 'event_timestamp',
  clusterBy: ['customer_id', 'user_event_type'],
  references: { customer_id: 'customers', product_id: 'products' },
  fields: {
    event_id: text('event_id'),
    customer_id: text('user'),
    user_event_type: text('event_type'),
    event_timestamp: asIs('at'),
    product_id: derived(['page'], (page) => PRODUCT_PAGE.exec(page ?? '')?.[1]),
    session_id: text('session'),
    page_url: text('page'),
    user_agent: text('agent'),
  },
})
