import type { Inventory, Order, UserActivity } from '@tablestream/contract'
import type { Random } from './random.ts'

export interface ShopEvents {
  readonly order: Order
  readonly inventory: Inventory
  readonly user_activity: UserActivity
}

export type ShopEventType = keyof ShopEvents

/** What happens in the shop goes on in it: its time, its draws, its events. */
export interface World {
  readonly random: Random
  /** @param after milliseconds of the shop's time */
  plan(after: number, run: () => void): void
  /** An event that happens now. It is only made when somebody asks for its type, so it draws nothing and changes nothing. */
  emit<Type extends ShopEventType>(type: Type, make: (timestamp: string) => ShopEvents[Type]): void
}
