import { base, en, Faker } from '@faker-js/faker'
import { Agenda } from './agenda.ts'
import { Customers, CUSTOMERS, type Customer } from './customers.ts'
import { Assortment, type Product } from './products.ts'
import { Random } from './random.ts'
import { rush } from './rush.ts'
import { Stockroom } from './stockroom.ts'
import { Visit } from './visit.ts'
import type { ShopEvents, ShopEventType, World } from './world.ts'

/** The event types that the shop can simulate. */
export const SHOP_EVENT_TYPES = ['order', 'inventory', 'user_activity'] as const satisfies ShopEventType[]

export interface ShopOptions {
  /** The same seed and times give the same events, byte for byte. */
  readonly seed?: number | undefined
  /** The time of the events, unless there is a start. */
  readonly now: () => Date
  /** Events have the shop's own time, which begins here and goes on as fast as events are asked for. */
  readonly start?: Date | undefined
  /** People that may come, 2,000 unless it says otherwise: a shop of twice as many has twice the visits. */
  readonly customers?: number | undefined
}

/** What happened and was not asked for yet. */
interface Happened {
  readonly type: ShopEventType
  readonly at: number
  readonly make: (timestamp: string) => ShopEvents[ShopEventType]
}

/** Milliseconds from one visit to the next in an average hour of a shop of 2,000 customers: about 100,000 events a week. */
const VISIT_MS = 90_000

/**
 * A simulated shop: customers with habits come, look around, fill carts and buy; orders move on to the door; stock is sold,
 * delivered, broken and brought back. Each id that an event refers to was introduced by an event before it.
 */
export class Shop {
  /** Draws that have nothing to do with the story: what goes wrong with its events, say. */
  readonly faker: Faker
  /** Ids of events, of each type its own: an event has the same one whatever else is asked for. */
  readonly #ids: Readonly<Record<ShopEventType, Random>>
  #last: ShopEventType = 'order'
  readonly #realNow: () => Date
  readonly #hasOwnTime: boolean
  readonly #agenda: Agenda
  readonly #happened: Happened[] = []
  readonly #assortment: Assortment
  readonly #customers: Customers
  #time: number
  #textOf = Number.NaN
  #timeText = ''

  constructor({ seed, now, start, customers = CUSTOMERS }: ShopOptions) {
    const random = new Random(seed)
    this.#realNow = now
    this.#hasOwnTime = start !== undefined
    this.#time = (start ?? now()).getTime()
    // the same seed at another time gives other events: their ids are others too
    const at = [Math.floor(this.#time / 2 ** 32), this.#time % 2 ** 32]
    const draws = (which: number) => new Random(seed === undefined ? undefined : [seed, which, ...at])
    this.faker = fakerOf(draws(1))
    this.#ids = { order: draws(2), inventory: draws(3), user_activity: draws(4) }
    this.#agenda = new Agenda(this.#time)
    const faker = fakerOf(random)
    this.#assortment = new Assortment(faker, random)
    this.#customers = new Customers(faker, random, this.#assortment.categories, customers)
    this.#open(random, (VISIT_MS * CUSTOMERS) / customers)
  }

  /** What the shop sells. */
  products(): readonly Product[] {
    return this.#assortment.all
  }

  /** Who came so far. */
  customers(): Iterable<Customer> {
    return this.#customers.known()
  }

  /**
   * The next event of one of these types. The story does not depend on who asks for what of it: what happens in between is
   * not made.
   */
  next<Type extends ShopEventType>(...types: readonly Type[]): ShopEvents[Type] {
    if (types.length === 0) throw new Error('no event type is asked for')
    for (;;) {
      const happened = this.#happened.shift()
      if (happened === undefined) this.#agenda.step()
      else if ((types as readonly ShopEventType[]).includes(happened.type)) {
        this.#time = happened.at
        this.#last = happened.type
        return happened.make(this.timeText()) as ShopEvents[Type]
      }
    }
  }

  /** The time of the event that came last. */
  now(): Date {
    return this.#hasOwnTime ? new Date(this.#time) : this.#realNow()
  }

  /** The same as text, RFC 3339: many events have one time. */
  timeText(): string {
    const time = this.now().getTime()
    if (time !== this.#textOf) {
      this.#textOf = time
      this.#timeText = new Date(time).toISOString()
    }
    return this.#timeText
  }

  /** An id for the event that came last. */
  eventId(): string {
    return this.#ids[this.#last].uuid()
  }

  /** @param visitMs milliseconds from one visit to the next in an average hour */
  #open(random: Random, visitMs: number): void {
    const agenda = this.#agenda
    const world: World = {
      random,
      plan: (after, run) => agenda.plan(after, run),
      emit: (type, make) => this.#happened.push({ type, at: agenda.now, make }),
    }
    const surroundings = { world, assortment: this.#assortment, stockroom: new Stockroom(world) }
    const visit = () => {
      agenda.plan(random.waiting(visitMs / rush(agenda.now)), visit)
      new Visit(surroundings, this.#customers.draw()).begin()
    }
    agenda.plan(0, visit)
  }
}

function fakerOf({ randomizer }: Random): Faker {
  return new Faker({ locale: [en, base], randomizer })
}

export function isShopEventType(type: string): type is ShopEventType {
  return (SHOP_EVENT_TYPES as readonly string[]).includes(type)
}
