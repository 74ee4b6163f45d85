// What is wrong with some of the records of sample data, and what must become of each of them.
import type { Faker } from '@faker-js/faker'
import type { Cell, RawRecord } from './sample-records.ts'

/** What a dirty record must come to. */
export type End =
  | { readonly end: 'duplicate' }
  /** `path` is that of the event that the job makes; absent where the line is no record at all. */
  | { readonly end: 'dead_letter'; readonly path?: string }
  /** With these values in its columns. */
  | { readonly end: 'row'; readonly values: Readonly<Record<string, Cell>> }

/** A field of a file, and the column that the job makes of it. */
interface Field {
  readonly raw: string
  readonly column: string
}

export interface FileOfShop {
  /** Its name in raw/, without what the format adds. */
  readonly name: 'customers' | 'products' | 'transactions' | 'user_events'
  /** Without it there is no event. */
  readonly required: Field
  readonly optional: Field
  /** What takes no text: `wrong` is a text that is none of its values. */
  readonly typed: Field & { readonly wrong: string }
}

export const FILES = {
  customers: {
    name: 'customers',
    required: { raw: 'id', column: 'customer_id' },
    optional: { raw: 'city', column: 'city' },
    typed: { raw: 'created', column: 'signed_up_at', wrong: 'last spring' },
  },
  products: {
    name: 'products',
    required: { raw: 'title', column: 'product_name' },
    optional: { raw: 'currency', column: 'currency' },
    typed: { raw: 'price_cents', column: 'price', wrong: 'free' },
  },
  transactions: {
    name: 'transactions',
    required: { raw: 'order_no', column: 'order_id' },
    optional: { raw: 'pieces', column: 'pieces' },
    typed: { raw: 'amount', column: 'amount', wrong: '12,50 USD' },
  },
  user_events: {
    name: 'user_events',
    required: { raw: 'user', column: 'customer_id' },
    optional: { raw: 'agent', column: 'user_agent' },
    typed: { raw: 'at', column: 'event_timestamp', wrong: 'yesterday' },
  },
} as const satisfies Record<string, FileOfShop>

/** How a record is written as one line. */
export type Write = (record: RawRecord) => string

export interface Dirty {
  readonly line: string
  readonly dirt: string
  readonly becomes: End
  /** The good record is in the file, too: what cannot land is sent again, as people do who look at their dead letters. */
  readonly isExtra: boolean
}

type Kind = (file: FileOfShop, record: RawRecord, write: Write) => Dirty

const extra = (dirt: string, line: string, becomes: End): Dirty => ({ line, dirt, becomes, isExtra: true })

const KINDS: readonly Kind[] = [
  (_, record, write) => extra('duplicate', write(record), { end: 'duplicate' }),
  ({ required: { raw, column } }, record, write) =>
    extra('empty_field', write({ ...record, [raw]: null }), { end: 'dead_letter', path: `/${column}` }),
  ({ optional: { raw, column } }, record, write) => ({
    line: write({ ...record, [raw]: null }),
    dirt: 'empty_field',
    becomes: { end: 'row', values: { [column]: null } },
    isExtra: false,
  }),
  ({ typed: { raw, column, wrong } }, record, write) =>
    extra('wrong_type', write({ ...record, [raw]: wrong }), { end: 'dead_letter', path: `/${column}` }),
]

/** A line that ends in the middle. An array of JSON that has one ends there: products have none. */
const broken: Kind = (_, record, write) => {
  const line = write(record)
  // of CSV some fields are left, of JSON half an object
  const at = line.startsWith('{') ? Math.floor(line.length / 2) : line.indexOf(',', line.indexOf(',') + 1)
  return extra('broken_line', line.slice(0, at), { end: 'dead_letter' })
}

/** Makes one of the ways in which a record is dirty. */
export function dirtyOf(file: FileOfShop, record: RawRecord, write: Write, faker: Faker): Dirty {
  const kinds = file.name === 'products' ? KINDS : [...KINDS, broken]
  return kinds[faker.number.int(kinds.length - 1)]!(file, record, write)
}
