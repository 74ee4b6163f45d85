import Type from 'typebox'
import { Shop } from './shop/shop.ts'

/** What a request says of the story that it wants. */
export interface Story {
  readonly seed?: number | undefined
  /** RFC 3339. */
  readonly start?: string | undefined
  readonly customers?: number | undefined
}

const Seed = Type.Optional(
  Type.Integer({ description: 'Makes a shop of its own: the same seed and start give the same events' }),
)
const Start = Type.Optional(
  Type.String({
    format: 'date-time',
    description:
      'The events have times of the shop from here on (RFC 3339), about 100,000 a week, instead of now',
  }),
)

const Customers = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    description: 'People that may come to a shop of its own: 2,000 unless it says otherwise',
  }),
)

/** The properties by which a request says which story it wants. */
export const STORY = { seed: Seed, start: Start, customers: Customers }

/** A shop for this request alone. */
export function shopOf({ seed, start, customers }: Story, now: () => Date): Shop {
  return new Shop({ seed, now, start: start === undefined ? undefined : new Date(start), customers })
}

/** Whether it is a shop of its own, and not the one that lives as long as the service. */
export function isOwn({ seed, start, customers }: Story): boolean {
  return seed !== undefined || start !== undefined || customers !== undefined
}
