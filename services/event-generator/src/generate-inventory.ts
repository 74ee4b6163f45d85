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
  const change = faker.number.int(CHANGES[reason](before))
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

/** Pieces that come (positive) or leave (negative); never more than are there. */
const CHANGES: Readonly<Record<Inventory['reason'], (before: number) => { min: number; max: number }>> = {
  restock: () => ({ min: 10, max: 100 }),
  return: () => ({ min: 1, max: 3 }),
  sale: (before) => ({ min: -Math.min(before, 5), max: -1 }),
  damage: (before) => ({ min: -Math.min(before, 2), max: -1 }),
}
