import type { Customer } from '@tablestream/contract'
import { batchJob } from '../src/jobs/batch-job.ts'
import { asIs, derived, lowerCase, text } from '../src/jobs/fields.ts'

/** Customers, as the shop's accounts have them: CSV, a line for each that is new or changed. */
export const customers = batchJob<Customer>({
  name: 'customers',
  from: /^customers\b.*\.csv\b/,
  eventType: 'customer',
  key: ['customer_id'],
  newestBy: 'updated_at',
  clusterBy: ['customer_id', 'country'],
  fields: {
    // each change of a customer is an event
    event_id: derived(['id', 'modified'], (id = '', modified = '') => `${id}/${modified}`),
    customer_id: text('id'),
    name: derived(['first_name', 'last_name'], (...names) =>
      names.flatMap((name) => name?.trim() || []).join(' '),
    ),
    email: lowerCase('email'),
    street: text('street'),
    city: text('city'),
    country: text('country'),
    postal_code: text('zip'),
    language: text('language'),
    signed_up_at: asIs('created'),
    updated_at: asIs('modified'),
  },
})
