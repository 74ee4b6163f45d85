export { Shop, SHOP_EVENT_TYPES } from './shop/shop.ts'
