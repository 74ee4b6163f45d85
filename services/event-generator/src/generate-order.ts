import { ORDER_STATUSES, type Order } from '@tablestream/contract'
import type { Shop } from './shop.ts'

const CURRENCY = 'USD'
const PAYMENT_METHODS = ['credit_card', 'debit_card', 'paypal', 'bank_transfer', 'gift_card'] as const

/** An order of 1 to 5 different products, at the shop's prices; the total is their sum, to the cent. */
export function generateOrder({ faker, products, customers, now }: Shop): Order {
  const customer = faker.helpers.arrayElement(customers)
  const chosen = faker.helpers.arrayElements(products, { min: 1, max: 5 })
  const lines = chosen.map((product) => ({ product, quantity: faker.number.int({ min: 1, max: 4 }) }))
  const total = lines.reduce((sum, { product, quantity }) => sum + product.cents * quantity, 0)
  const orderDate = now().toISOString()
  return {
    event_type: 'order',
    order_id: `ord-${faker.string.alphanumeric({ length: 12, casing: 'lower' })}`,
    customer_id: customer.id,
    order_date: orderDate,
    status: faker.helpers.arrayElement(ORDER_STATUSES),
    items: lines.map(({ product, quantity }) => ({
      product_id: product.id,
      product_name: product.name,
      quantity,
      price: product.cents / 100,
      category: product.category,
    })),
    total_amount: total / 100,
    shipping_address: {
      street: customer.street,
      city: customer.city,
      country: customer.country,
      postal_code: customer.postalCode,
    },
    currency: CURRENCY,
    payment_method: faker.helpers.arrayElement(PAYMENT_METHODS),
    event_date: orderDate.slice(0, 10),
  }
}
