import type { Item } from '../item/item.ts'
import type { ParkingLot } from '../item/parking.ts'
import type { Room } from './doubts.ts'

/**
 * The room of several lots: who finds none in the first one may find it in the next.
 *
 * @param exists whether the table of an item is there
 */
export function roomOf(
  lots: readonly Pick<ParkingLot, 'enter' | 'leave'>[],
  exists: (item: Item) => boolean,
): Room {
  const places = new Map<Item, Pick<ParkingLot, 'leave'>>()
  return {
    enter(item) {
      const isThere = exists(item)
      const lot = lots.find((each) => each.enter(item, isThere))
      if (lot) places.set(item, lot)
      return lot !== undefined
    },
    leave(item) {
      places.get(item)?.leave(item)
      places.delete(item)
    },
  }
}
