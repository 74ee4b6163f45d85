// The batch jobs: a new one is a file here and a line.
import type { BatchJob } from '../src/jobs/batch-job.ts'
import { customers } from './customers.ts'
import { products } from './products.ts'
import { transactions } from './transactions.ts'
import { userEvents } from './user_events.ts'

export const JOBS: readonly BatchJob[] = [customers, products, transactions, userEvents]
