import Type from 'typebox'
import { Shop } from './shop/shop.ts'

/** What a request says of the story that it wants. */
export interface Story {
  readonly seed?: number | undefined
  /** RFC 3339. */
  readonly start?: string | undefined
}

export const Seed = Type.Optional(
  Type.Integer({ description: 'Makes a shop of its own: the same seed and start give the same events' }),
)
export const Start = Type.Optional(
  Type.String({
    format: 'date-time',
    description:
      'The events have times of the shop from here on (RFC 3339), about 100,000 a week, instead of now',
  }),
)

/** A shop for this request alone. */
export function shopOf({ seed, start }: Story, now: () => Date): Shop {
  return new Shop({ seed, now, start: start === undefined ? undefined : new Date(start) })
}
