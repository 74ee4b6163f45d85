import fc from 'fast-check'
import { parseJson, type JsonObject } from '@tablestream/table-schema'
import { numberText } from './number-texts.ts'

// few keys and few kinds of values, so that events meet: the laws are about what happens then
const key = fc.constantFrom(
  'a',
  'A',
  'b',
  'a.b',
  'a-b',
  '_TABLE_x',
  'event_id',
  '_unmapped',
  '\0_unmapped',
  '\0key:x',
  '__proto__',
  'toString',
  'x'.repeat(400),
)
const text = fc.oneof(
  fc.constantFrom('x', '', '2026-01-01', '2026-01-01T00:00:00Z', '2026-01-01 00:00:00 UTC', '12:30:00', '5'),
  fc.string({ unit: 'grapheme' }),
)
const scalar = fc.oneof(
  numberText,
  text.map((value) => JSON.stringify(value)),
  fc.constantFrom('true', 'false', 'null'),
)

const object = (value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .uniqueArray(fc.tuple(key, value), { maxLength: 4, selector: ([name]) => name })
    .map((entries) => `{${entries.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`)

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
    object(tie('value')),
  ),
}))

/** Events that share keys and disagree about them. */
export const event: fc.Arbitrary<JsonObject> = object(value).map((json) => parseJson(json) as JsonObject)

const item = object(
  fc.oneof(
    scalar,
    scalar,
    fc.array(scalar, { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
    object(scalar),
  ),
)

/** Events with longer arrays, whose elements have much in common. */
export const eventOfArrays: fc.Arbitrary<JsonObject> = object(
  fc.oneof(
    fc.array(item, { maxLength: 12 }).map((items) => `[${items.join(',')}]`),
    fc.array(scalar, { maxLength: 12 }).map((items) => `[${items.join(',')}]`),
    value,
  ),
).map((json) => parseJson(json) as JsonObject)
