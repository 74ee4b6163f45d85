import { INVENTORY_REASONS, type Inventory } from '@tablestream/contract'
import type { Shop } from './shop.ts'

/** Pieces by product and warehouse: `prod-1/wh-east`. */
export type Stock = Map<string, number>

const FIRST_STOCK = { min: 40, max: 400 }
const REASON_DETAILS: Readonly<Record<Inventory['reason'], readonly string[]>> = {
  restock: ['weekly delivery', 'supplier order', 'transfer between warehouses'],
  sale: ['online order', 'phone order'],
  return: ['wrong size', 'changed their mind', 'arrived late'],
  damage: ['water', 'dropped', 'transport'],
}

/** A movement of stock: what leaves was there, what comes raises it; before plus change is after. */
export function generateInventory({ faker, products, warehouses, stock, now }: Shop): Inventory {
  const product = faker.helpers.arrayElement(products)
  const warehouse = faker.helpers.arrayElement(warehouses)
  const place = `${product.id}/${warehouse}`
  const before = stock.get(place) ?? faker.number.int(FIRST_STOCK)
  const wanted = faker.helpers.arrayElement(INVENTORY_REASONS)
  // nothing can leave an empty shelf: it is filled instead
  const reason = before === 0 && (wanted === 'sale' || wanted === 'damage') ? 'restock' : wanted
  const change = changeFor(reason, before, (min, max) => faker.number.int({ min, max }))
  const after = before + change
  stock.set(place, after)
  const timestamp = now().toISOString()
  return {
    event_type: 'inventory',
    inventory_id: `inv-${faker.string.alphanumeric({ length: 12, casing: 'lower' })}`,
    product_id: product.id,
    warehouse_id: warehouse,
    quantity_change: change,
    reason,
    timestamp,
    quantity_before: before,
    quantity_after: after,
    reason_details: faker.helpers.arrayElement(REASON_DETAILS[reason]),
    adjusted_by_user: `user-${faker.number.int({ min: 1, max: 40 })}`,
    event_date: timestamp.slice(0, 10),
  }
}

function changeFor(reason: Inventory['reason'], before: number, between: (min: number, max: number) => number): number {
  switch (reason) {
    case 'restock':
      return between(10, 100)
    case 'return':
      return between(1, 3)
    case 'sale':
      return -between(1, Math.min(before, 5))
    case 'damage':
      return -between(1, Math.min(before, 2))
  }
}
