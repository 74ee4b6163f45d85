import fc from 'fast-check'
import { destination, judge, TYPE_FIELD, useTypeField, type Verdict } from '@tablestream/contract'
import { Shop, SHOP_EVENT_TYPES } from '@tablestream/event-generator'
import { plan, toJsonText, type JsonObject } from '@tablestream/table-schema'
import t from 'tap'
import { cases } from '../long-tests.ts'
import { compare, messageOf } from './both-paths.ts'
import { event } from './events.ts'

t.afterEach(() => useTypeField(TYPE_FIELD))

/** Names of the field: of them some that events have anyhow, and the usual one, which is then a field like any other. */
const field = fc.constantFrom('kind', 'eventName', 'a', 'A', 'b', 'select', TYPE_FIELD)

t.test('whatever field names the type, the byte path makes the rows that the slow way makes', (t) => {
  let rows = 0
  const places = fc.constantFrom('first', 'last', 'inside', 'usual')
  fc.assert(
    fc.property(event, event, field, places, (one, two, name, place) => {
      useTypeField(name)
      const typed = (any: JsonObject): JsonObject =>
        place === 'first' ? { [name]: 'x', ...any, [name]: 'x' } : { ...any, [name]: 'x' }
      const asked: JsonObject =
        place === 'inside'
          ? { ...two, meta: { [name]: 'x' } }
          : place === 'usual'
            ? { ...two, [TYPE_FIELD]: 'x' }
            : typed(two)
      const { columns } = plan(plan(undefined, typed(one)).columns, { ...asked, [name]: 'x' })
      if (compare(columns, 'x', messageOf(toJsonText(asked)))) rows++
    }),
    { numRuns: cases(2000) },
  )
  t.ok(rows > cases(80), `${rows} rows`)
  t.end()
})

t.test('what is judged of an event does not depend on the name of the field', (t) => {
  const value = fc.constantFrom<string | number | null>('x', 'order', ' ', '', 7, null, 'x'.repeat(1025))
  const told = (name: string, any: JsonObject, type: string | number | null): Verdict => {
    useTypeField(name)
    return judge(messageOf(toJsonText({ ...any, [name]: type })))
  }
  // reasons have the usual name in their own
  const renamed = (verdict: Verdict) =>
    toJsonText(verdict as unknown as JsonObject).replaceAll(TYPE_FIELD, 'kind')
  fc.assert(
    fc.property(event, value, (any, type) => {
      const [one, usual] = [told('kind', any, type), told(TYPE_FIELD, any, type)].map(renamed)
      if (one !== usual) throw new Error(`${one}\n${usual}`)
    }),
    { numRuns: cases(1000) },
  )
  t.end()
})

t.test('events of the shop go by the byte path under another name, too', (t) => {
  useTypeField('kind')
  const shop = new Shop({ seed: 5, now: () => new Date('2026-01-01T10:00:00.123Z') })
  for (let n = 0; n < 60; n++) {
    const type = SHOP_EVENT_TYPES[n % SHOP_EVENT_TYPES.length]!
    const { event_type: kind, ...others } = shop.next(type)
    const whole = { kind, ...others } as unknown as JsonObject
    const { columns } = plan(undefined, whole, { contract: destination(type).contract })
    t.ok(compare(columns, type, messageOf(JSON.stringify(whole))), JSON.stringify(whole))
  }
  t.end()
})
