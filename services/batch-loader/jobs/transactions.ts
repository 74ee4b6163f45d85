import type { Transaction } from '@tablestream/contract'
import { batchJob } from '../src/jobs/batch-job.ts'
import { milliseconds, number, text } from '../src/jobs/fields.ts'

/** What was paid: CSV or lines of JSON, as the shop's bank sends them, most often gzipped. */
export const transactions = batchJob<Transaction>({
  name: 'transactions',
  from: /^transactions\b/,
  eventType: 'transaction',
  key: ['transaction_id'],
  newestBy: 'transaction_timestamp',
  clusterBy: ['customer_id', 'order_id'],
  references: { customer_id: 'customers' },
  sums: ['amount', 'pieces'],
  fields: {
    event_id: text('txn_id'),
    transaction_id: text('txn_id'),
    order_id: text('order_no'),
    customer_id: text('customer_no'),
    amount: number('amount'),
    currency: text('currency'),
    payment_method: text('method'),
    pieces: number('pieces'),
    transaction_timestamp: milliseconds('paid_at'),
  },
})
