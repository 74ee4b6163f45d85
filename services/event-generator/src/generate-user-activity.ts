import { ACTIVITY_TYPES, PLATFORMS, type UserActivity } from '@tablestream/contract'
import type { Shop } from './shop.ts'

const DEVICE: Readonly<Record<(typeof PLATFORMS)[number], string>> = {
  web: 'desktop',
  mobile: 'phone',
  tablet: 'tablet',
}
const BROWSERS = ['Chrome', 'Firefox', 'Safari', 'Edge'] as const

/** One step of a visitor: the page and its title fit what was done, the device fits the platform. */
export function generateUserActivity({ faker, products, customers, now }: Shop): UserActivity {
  const customer = faker.helpers.arrayElement(customers)
  const activity = faker.helpers.arrayElement(ACTIVITY_TYPES)
  const platform = faker.helpers.arrayElement(PLATFORMS)
  const product = faker.helpers.arrayElement(products)
  const sessionId = `sess-${faker.string.alphanumeric({ length: 16, casing: 'lower' })}`
  const onProduct = activity.includes('product') || activity.includes('cart')
  const timestamp = now().toISOString()
  return {
    event_type: 'user_activity',
    user_id: customer.id,
    activity_type: activity,
    timestamp,
    session_id: sessionId,
    page_url: onProduct ? `https://shop.example/products/${product.id}` : `https://shop.example/${activity}`,
    page_title: onProduct ? product.name : activity.replaceAll('_', ' '),
    ip_address: faker.internet.ipv4({ network: 'test-net-1' }),
    user_agent: faker.internet.userAgent(),
    device_type: DEVICE[platform],
    browser: faker.helpers.arrayElement(BROWSERS),
    country: customer.country,
    event_date: timestamp.slice(0, 10),
    metadata: {
      session_id: sessionId,
      platform,
      app_version: faker.system.semver(),
      language: faker.helpers.arrayElement(['en', 'de', 'fr', 'es', 'pt']),
    },
  }
}
