import type { Product } from '@tablestream/contract'
import { batchJob } from '../src/jobs/batch-job.ts'
import { asIs, derived, hundredths, text } from '../src/jobs/fields.ts'

/** What the shop sells: an array of JSON, an element for each product that is new or changed. */
export const products = batchJob<Product>({
  name: 'products',
  from: /^products\b.*\.json\b/,
  eventType: 'product',
  key: ['product_id'],
  newestBy: 'updated_at',
  clusterBy: ['product_id', 'category'],
  sums: ['price'],
  fields: {
    event_id: derived(['sku', 'modified'], (sku = '', modified = '') => `${sku}/${modified}`),
    product_id: text('sku'),
    product_name: text('title'),
    category: text('department'),
    price: hundredths('price_cents'),
    currency: text('currency'),
    description: text('about'),
    updated_at: asIs('modified'),
  },
})
