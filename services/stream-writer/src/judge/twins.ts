import { standAlone, type Item } from '../item/item.ts'
import type { ParkingLot } from '../item/parking.ts'

/** Of one key: whoever uses one id for all events must not fill the room of those who wait. */
const MOST_TWINS = 100

/**
 * The events that came with the key of one that is on its way. They share its end, or, where their bytes differ, it decides about
 * theirs. Until then they wait, and take room like all who wait.
 */
export class Twins {
  readonly #room: Pick<ParkingLot, 'enter' | 'leave'>

  constructor(room: Pick<ParkingLot, 'enter' | 'leave'>) {
    this.#room = room
  }

  /** False when there is no room. */
  add(onItsWay: Item, twin: Item): boolean {
    const twins = (onItsWay.twins ??= [])
    if (twins.length >= MOST_TWINS || !this.#room.enter(twin, false)) return false
    standAlone(twin)
    twins.push(twin)
    return true
  }

  /** Those with the same bytes, and the others. They wait no longer. */
  take(item: Item): readonly [same: readonly Item[], others: readonly Item[]] {
    const { twins, low, high } = item
    if (!twins) return [NONE, NONE]
    item.twins = undefined
    for (const twin of twins) this.#room.leave(twin)
    const isSame = (twin: Item) => twin.low === low && twin.high === high
    return [twins.filter(isSame), twins.filter((twin) => !isSame(twin))]
  }

  takeAll(item: Item): readonly Item[] {
    return this.take(item).flat()
  }
}

const NONE: readonly never[] = []
