import { eventMessage, type OutgoingMessage } from '@tablestream/service-kit'
import type { Shop } from './shop/shop.ts'
import type { ShopEventType } from './shop/world.ts'
import { bytesOf, SCORE, troubledBytes, TROUBLE_NAMES, type Trouble, type TroubleRates } from './trouble.ts'

/** A message that is to be published, and what is wrong with it. */
export interface Outgoing {
  readonly type: ShopEventType
  readonly trouble: Trouble | undefined
  readonly message: OutgoingMessage
}

export interface EventStreamOptions {
  readonly shop: Shop
  readonly types: readonly ShopEventType[]
  readonly trouble?: TroubleRates
}

export const SOURCE = '/tablestream/event-generator'
/** Messages of each type without trouble before the first of them, so that tables have their columns. */
const CALM = 30
/** Messages that a duplicate, or what comes too late, is held back for, at most. */
const LONGEST_HOLD = 50

/** Messages of a shop without end: its events, with the troubles that were asked for among them. Same shop, same messages. */
export class EventStream {
  readonly #options: EventStreamOptions
  readonly #hasTrouble: boolean
  /** What is to come, by the number of the message that it comes as. */
  readonly #held: { readonly at: number; readonly outgoing: Outgoing }[] = []
  /** Made so far, of each type. */
  readonly #ofType = new Map<ShopEventType, number>()
  #made = 0

  constructor(options: EventStreamOptions) {
    this.#options = options
    this.#hasTrouble = Object.keys(options.trouble ?? {}).length > 0
  }

  take(count: number): Outgoing[] {
    return Array.from({ length: count }, () => this.#next())
  }

  #next(): Outgoing {
    const number = this.#made++
    const due = this.#held.findIndex(({ at }) => at <= number)
    if (due >= 0) return this.#held.splice(due, 1)[0]!.outgoing
    const { shop, types, trouble = {} } = this.#options
    const { faker } = shop
    const told = shop.next(...types)
    const type = told.event_type
    const ofType = this.#ofType.get(type) ?? 0
    this.#ofType.set(type, ofType + 1)
    const kind = ofType < CALM ? undefined : this.#draw()
    const event = trouble.type_change ? { ...told, [SCORE]: faker.number.int(1000) } : told
    const bytes = kind === undefined ? bytesOf(event) : troubledBytes(kind, type, event, faker)
    const about = { eventType: type, id: shop.eventId(), time: shop.timeText(), source: SOURCE }
    const plain: Outgoing = { type, trouble: undefined, message: eventMessage(bytes, about) }
    if (kind === undefined) return plain
    const labelled = { type, trouble: kind, message: eventMessage(bytes, about, { trouble: kind }) }
    if (kind !== 'duplicate' && kind !== 'out_of_order') return labelled
    this.#held.push({ at: number + faker.number.int({ min: 1, max: LONGEST_HOLD }), outgoing: labelled })
    // a duplicate is the second one; in the place of what comes too late comes what is next
    if (kind === 'duplicate') return plain
    this.#made--
    return this.#next()
  }

  #draw(): Trouble | undefined {
    const { shop, trouble = {} } = this.#options
    if (!this.#hasTrouble) return undefined
    let at = shop.faker.number.float()
    for (const kind of TROUBLE_NAMES) {
      at -= trouble[kind] ?? 0
      if (at < 0) return kind
    }
    return undefined
  }
}
