import type { Faker } from '@faker-js/faker'
import { asPublished } from './as-published.ts'
import type { ShopEventType } from './shop/world.ts'

/** What can be wrong, or only unusual, with an event: each message that has it carries the name in its attribute `trouble`. */
export const TROUBLES = {
  new_field: 'a field that the table does not have yet: the column is added, the event lands',
  renamed_field: 'an optional field by another name: the column is added, the event lands',
  type_change: 'text where the column holds whole numbers: the event lands, the text is in _unmapped',
  missing_required: 'a required field is missing: dead letter, invalid_event',
  bad_enum: 'a value outside the allowed ones: dead letter, invalid_event',
  duplicate: 'the same event a second time: counted as a duplicate, the view shows one',
  late: 'happened up to 30 days before: lands in the partition of its day',
  out_of_order: 'published after events that happened later: lands',
  oversized: 'more than a row may have: dead letter, row_too_large',
  malformed: 'JSON that is cut off: dead letter, not_json',
} as const
export type Trouble = keyof typeof TROUBLES
export const TROUBLE_NAMES = Object.keys(TROUBLES) as Trouble[]

/** Share of the events that have each trouble, from 0 to 1. */
export type TroubleRates = Partial<Readonly<Record<Trouble, number>>>

/** Every event has it where types change, so that its column holds whole numbers: `type_change` puts a text there. */
export const SCORE = 'score'

const NEW_FIELDS = 5
const LATE_DAYS = 30
const DAY_MS = 86_400_000
/** AppendRows takes 10 MB, Pub/Sub a little less: what is above the one limit must be below the other. */
const OVERSIZED_BYTES = 9_970_000

interface Shape {
  readonly required: readonly string[]
  readonly choice: string
  readonly optional: readonly [from: string, to: string]
  readonly time: string
}

/** The fields of each type that trouble befalls. */
const SHAPES: Readonly<Record<ShopEventType, Shape>> = {
  order: {
    required: ['order_id', 'customer_id', 'order_date', 'items', 'total_amount'],
    choice: 'status',
    optional: ['currency', 'currency_code'],
    time: 'order_date',
  },
  inventory: {
    required: ['inventory_id', 'product_id', 'warehouse_id', 'timestamp'],
    choice: 'reason',
    optional: ['reason_details', 'reason_text'],
    time: 'timestamp',
  },
  user_activity: {
    required: ['user_id', 'timestamp'],
    choice: 'activity_type',
    optional: ['page_title', 'title'],
    time: 'timestamp',
  },
}

type Fields = Readonly<Record<string, unknown>>

/** The bytes of the event with this trouble. `duplicate` and `out_of_order` are in when it is published, not in its bytes. */
export function troubledBytes(trouble: Trouble, type: ShopEventType, event: Fields, faker: Faker): Buffer {
  const { required, choice, optional, time } = SHAPES[type]
  switch (trouble) {
    case 'new_field':
      return bytesOf({
        ...event,
        [`extra_${faker.number.int({ min: 1, max: NEW_FIELDS })}`]: faker.word.noun(),
      })
    case 'renamed_field': {
      const [from, to] = optional
      const { [from]: value, ...others } = event
      return bytesOf({ ...others, [to]: value })
    }
    case 'type_change':
      return bytesOf({ ...event, [SCORE]: faker.word.adjective() })
    case 'missing_required': {
      const { [faker.helpers.arrayElement(required)]: _, ...others } = event
      return bytesOf(others)
    }
    case 'bad_enum':
      return bytesOf({ ...event, [choice]: `no_${choice}` })
    case 'late': {
      const before = faker.number.int({ min: 1, max: LATE_DAYS }) * DAY_MS
      const then = new Date(Date.parse(event[time] as string) - before).toISOString()
      return bytesOf({ ...event, [time]: then, event_date: then.slice(0, 10) })
    }
    case 'oversized':
      return bytesOf({ ...event, [optional[0]]: 'x'.repeat(OVERSIZED_BYTES) })
    case 'malformed': {
      const whole = bytesOf(event)
      return whole.subarray(0, faker.number.int({ min: 1, max: whole.length - 1 }))
    }
    default:
      return bytesOf(event)
  }
}

export function bytesOf(event: object): Buffer {
  return Buffer.from(JSON.stringify(asPublished(event)))
}
