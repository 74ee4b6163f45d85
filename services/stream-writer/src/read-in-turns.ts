import { sourceOf, turnOf } from '@tablestream/contract'
import type { Item } from './item/item.ts'
import type { Later, Work } from './long-work.ts'
import { isLarge, OneTurn } from './one-turn.ts'

interface Waiting {
  readonly item: Item
  readonly last: boolean
}

/**
 * Items that are read in their order: as many as one turn of the event loop takes, the others in the turns after it. A large one has a turn
 * that is nobody else's.
 */
export class ReadInTurns {
  readonly #read: (item: Item, last: boolean) => Work | undefined
  readonly #later: Later
  #waiting: Waiting[] = []
  #isTimed = false

  /** @param read gives what is left to be done for a large item in the turns after that */
  constructor(read: (item: Item, last: boolean) => Work | undefined, later: Later) {
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
    const [first] = this.#waiting
    if (this.#isTimed || !first) return
    if (isLarge(first.item.message)) this.#atNextTurn()
    else {
      const rest = this.#turn()
      if (rest) this.#later(rest, turnOf(sourceOf(first.item.message)))
    }
  }

  takeAll(): Item[] {
    return this.#waiting.splice(0).map(({ item }) => item)
  }

  #turn(): Work | undefined {
    const turn = new OneTurn()
    const found = this.#waiting.findIndex(({ item }) => !turn.takes(item))
    const now = this.#waiting.splice(0, found < 0 ? this.#waiting.length : found)
    this.#atNextTurn()
    return oneByOne(now.flatMap(({ item, last }) => this.#read(item, last) ?? []))
  }

  #atNextTurn(): void {
    const [next] = this.#waiting
    this.#isTimed = next !== undefined
    if (next) this.#later(() => this.#turn(), turnOf(sourceOf(next.item.message)))
  }
}

function oneByOne([first, ...others]: readonly Work[]): Work | undefined {
  if (!first) return undefined
  return () => {
    const next = first()
    return oneByOne(next ? [next, ...others] : others)
  }
}
