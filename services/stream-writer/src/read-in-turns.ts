import { sourceOf, turnOf } from '@tablestream/contract'
import type { Item } from './judge/item.ts'
import type { Later } from './long-work.ts'
import { OneTurn } from './one-turn.ts'

interface Waiting {
  readonly item: Item
  readonly last: boolean
}

/** Items that are read in their order: as many as one turn of the event loop takes, the others in the turns after it. */
export class ReadInTurns {
  readonly #read: (item: Item, last: boolean) => void
  readonly #later: Later
  #waiting: Waiting[] = []
  #isTimed = false

  constructor(read: (item: Item, last: boolean) => void, later: Later) {
    this.#read = read
    this.#later = later
  }

  /** How many wait for a turn. */
  get size(): number {
    return this.#waiting.length
  }

  /** @param last whether they wait for no column any more */
  add(items: readonly Item[], last = false): void {
    for (const item of items) this.#waiting.push({ item, last })
    if (!this.#isTimed) this.#turn()
  }

  takeAll(): Item[] {
    return this.#waiting.splice(0).map(({ item }) => item)
  }

  #turn(): undefined {
    const turn = new OneTurn()
    const found = this.#waiting.findIndex(({ item }) => !turn.takes(item))
    const now = this.#waiting.splice(0, found < 0 ? this.#waiting.length : found)
    const [next] = this.#waiting
    this.#isTimed = next !== undefined
    if (next) this.#later(() => this.#turn(), turnOf(sourceOf(next.item.message)))
    for (const { item, last } of now) this.#read(item, last)
  }
}
