export { buildApp } from './app.ts'
export { Shop, SHOP_EVENT_TYPES } from './shop.ts'
