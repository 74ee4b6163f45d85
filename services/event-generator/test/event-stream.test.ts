import { decodeMessage, validateEvent } from '@tablestream/contract'
import type { JsonObject } from '@tablestream/table-schema'
import t, { type Test } from 'tap'
import { EventStream, type Outgoing } from '../src/event-stream.ts'
import { Shop, SHOP_EVENT_TYPES } from '../src/shop/shop.ts'
import { SCORE, TROUBLE_NAMES, type Trouble } from '../src/trouble.ts'

const NOW = '2026-03-04T05:06:07.000Z'

const streamOf = (trouble: Partial<Record<Trouble, number>>, seed = 1) =>
  new EventStream({ shop: new Shop({ seed, now: () => new Date(NOW) }), types: SHOP_EVENT_TYPES, trouble })

function judge({ message }: Outgoing) {
  const { data, attributes } = message
  const decoded = decodeMessage({ data, attributes, messageId: 'm', publishTime: NOW })
  if (decoded.outcome === 'rejected') return { end: decoded.reason, event: undefined, rules: [] }
  const rules = validateEvent(decoded.eventType, decoded.event).map(({ rule }) => rule)
  return { end: rules.length > 0 ? 'invalid_event' : 'lands', event: decoded.event, rules }
}

const ENDS: Readonly<Record<Trouble, string>> = {
  new_field: 'lands',
  renamed_field: 'lands',
  type_change: 'lands',
  missing_required: 'invalid_event',
  bad_enum: 'invalid_event',
  duplicate: 'lands',
  late: 'lands',
  out_of_order: 'lands',
  oversized: 'lands',
  malformed: 'not_json',
}

for (const trouble of TROUBLE_NAMES) {
  t.test(`${trouble}: each labelled message has it, and no other does`, (t) => {
    const rare = trouble === 'oversized'
    const all = streamOf({ [trouble]: rare ? 0.01 : 0.2 }).take(rare ? 400 : 1000)
    const labelled = all.filter((each) => each.trouble !== undefined)
    t.ok(labelled.length > (rare ? 0 : 100), `${labelled.length} messages`)
    for (const each of all) {
      t.equal(each.message.attributes['trouble'], each.trouble)
      t.equal(judge(each).end, each.trouble ? ENDS[trouble] : 'lands')
    }
    for (const each of labelled) check(t, trouble, each, all)
    t.end()
  })
}

function check(t: Test, trouble: Trouble, labelled: Outgoing, all: readonly Outgoing[]): void {
  const { event = {}, rules } = judge(labelled)
  const { data, attributes } = labelled.message
  if (trouble === 'new_field') t.ok(Object.keys(event).some((key) => /^extra_\d$/.test(key)))
  if (trouble === 'renamed_field')
    t.ok(['currency_code', 'reason_text', 'title'].some((name) => event[name] !== undefined))
  if (trouble === 'type_change') t.type(event[SCORE], 'string')
  if (trouble === 'missing_required') t.same(rules, ['required'])
  if (trouble === 'bad_enum') t.same(rules, ['enum'])
  if (trouble === 'late') t.ok((event['event_date'] as string) < NOW.slice(0, 10))
  if (trouble === 'oversized') t.ok(data.length > 9_961_472 && data.length < 9_999_000)
  if (trouble !== 'duplicate') return
  const first = all.find(({ message }) => message.attributes['ce-id'] === attributes['ce-id'])!
  t.ok(first !== labelled && first.trouble === undefined && first.message.data.equals(data))
}

t.test('the same seed gives the same messages, and every share is what was asked for', (t) => {
  const rates = { new_field: 0.1, malformed: 0.05, duplicate: 0.1, out_of_order: 0.1 }
  const [one, two] = [1, 1].map((seed) => streamOf(rates, seed).take(5000))
  t.same(one, two)
  for (const [name, share] of Object.entries(rates)) {
    const found = one!.filter(({ trouble }) => trouble === name).length / one!.length
    t.ok(Math.abs(found - share) < 0.025, `${name} ${found}`)
  }
  t.end()
})

t.test('without trouble no message is labelled, and only the types that were asked for come', (t) => {
  const shop = new Shop({ seed: 1, now: () => new Date(NOW) })
  const all = new EventStream({ shop, types: ['order', 'inventory'] }).take(4000)
  t.ok(all.every(({ type, trouble }) => type !== 'user_activity' && trouble === undefined))
  const event = JSON.parse(all[0]!.message.data.toString()) as JsonObject
  t.notOk(SCORE in event)
  t.end()
})
