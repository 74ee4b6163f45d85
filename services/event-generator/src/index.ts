export type { Customer } from './shop/customers.ts'
export type { Product } from './shop/products.ts'
export { Shop, SHOP_EVENT_TYPES } from './shop/shop.ts'
