// The event types that are known beforehand: a new one is a file in event-types/ and a line here.
export { order } from './event-types/order.ts'
export { inventory } from './event-types/inventory.ts'
export { userActivity } from './event-types/user-activity.ts'
export { auctionSale } from './event-types/auction-sale.ts'
export { userEvent } from './event-types/user-event.ts'
export { purchase } from './event-types/purchase.ts'
export { cancellation } from './event-types/cancellation.ts'
