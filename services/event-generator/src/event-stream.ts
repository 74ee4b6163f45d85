import { eventMessage, type OutgoingMessage } from '@tablestream/service-kit'
import type { Shop, ShopEventType } from './shop.ts'
import { bytesOf, SCORE, troubledBytes, TROUBLE_NAMES, type Trouble, type TroubleRates } from './trouble.ts'

/** A message that is to be published, and what is wrong with it. */
export interface Outgoing {
  readonly type: ShopEventType
  readonly trouble: Trouble | undefined
  readonly message: OutgoingMessage
}

export interface EventStreamOptions {
  readonly shop: Shop
  /** How often each type comes, in any unit. */
  readonly weights: Partial<Readonly<Record<ShopEventType, number>>>
  readonly trouble?: TroubleRates
}

export const SOURCE = '/tablestream/event-generator'
/** Messages without trouble before the first of them, so that tables have their columns. */
const CALM = 100
/** Messages that a duplicate, or what comes too late, is held back for, at most. */
const LONGEST_HOLD = 50

/** Messages of a shop without end: its events, with the troubles that were asked for among them. Same shop, same messages. */
export class EventStream {
  readonly #options: EventStreamOptions
  readonly #types: readonly { readonly weight: number; readonly value: ShopEventType }[]
  /** What is to come, by the number of the message that it comes as. */
  readonly #held: { readonly at: number; readonly outgoing: Outgoing }[] = []
  #made = 0

  constructor(options: EventStreamOptions) {
    this.#options = options
    const given = Object.entries(options.weights) as [ShopEventType, number][]
    this.#types = given.flatMap(([value, weight]) => (weight > 0 ? [{ value, weight }] : []))
    if (this.#types.length === 0) throw new Error('no event type has a weight above 0')
  }

  take(count: number): Outgoing[] {
    return Array.from({ length: count }, () => this.#next())
  }

  #next(): Outgoing {
    const number = this.#made++
    const due = this.#held.findIndex(({ at }) => at <= number)
    if (due >= 0) return this.#held.splice(due, 1)[0]!.outgoing
    const { shop, trouble = {} } = this.#options
    const { faker } = shop
    const type = faker.helpers.weightedArrayElement(this.#types)
    const kind = number < CALM ? undefined : this.#draw()
    const event = { ...shop.next(type), ...(trouble.type_change && { [SCORE]: faker.number.int(1000) }) }
    const bytes = kind === undefined ? bytesOf(event) : troubledBytes(kind, type, event, faker)
    const about = { eventType: type, id: shop.eventId(), time: shop.now().toISOString(), source: SOURCE }
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
    let at = shop.faker.number.float()
    for (const kind of TROUBLE_NAMES) {
      at -= trouble[kind] ?? 0
      if (at < 0) return kind
    }
    return undefined
  }
}
