import type { Faker } from '@faker-js/faker'
import { LongTail, type Random } from './random.ts'

export interface Product {
  readonly id: string
  readonly name: string
  readonly category: string
  /** In cents, so that totals add up to the cent. */
  readonly cents: number
}

const PRODUCTS = 200
/** Of what customers look at, this share is of the category that they like. */
const LIKED = 0.5

/** What the shop sells, at fixed prices: a few best sellers and a long tail. */
export class Assortment {
  readonly categories: readonly string[]
  readonly #all: readonly Product[]
  readonly #byCategory: ReadonlyMap<string, readonly Product[]>
  readonly #tails: ReadonlyMap<number, LongTail>
  readonly #random: Random

  constructor(faker: Faker, random: Random) {
    this.#random = random
    this.#all = Array.from({ length: PRODUCTS }, () => ({
      id: random.id('prod-'),
      name: faker.commerce.productName(),
      category: faker.commerce.department(),
      cents: random.integer(199, 49_999),
    }))
    this.#byCategory = Map.groupBy(this.#all, ({ category }) => category)
    this.categories = [...this.#byCategory.keys()]
    const lists = [this.#all, ...this.#byCategory.values()]
    this.#tails = new Map(lists.map(({ length }) => [length, new LongTail(length, 1)]))
  }

  /** Everything that it sells. */
  get all(): readonly Product[] {
    return this.#all
  }

  /** A product that somebody looks at who likes this category. */
  draw(liked: string): Product {
    const list = this.#random.chance(LIKED) ? this.#byCategory.get(liked)! : this.#all
    return list[this.#tails.get(list.length)!.draw(this.#random)]!
  }
}
