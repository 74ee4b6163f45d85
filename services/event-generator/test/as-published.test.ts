import { judge, TYPE_FIELD, useTypeField } from '@tablestream/contract'
import t from 'tap'
import { asPublished, checkTypeField } from '../src/as-published.ts'
import { SHOP_EVENT_TYPES, Shop } from '../src/shop/shop.ts'
import { bytesOf } from '../src/trouble.ts'

t.afterEach(() => useTypeField(TYPE_FIELD))

t.test(
  'an event of the shop names its type in the field that was told, first of all, and in no other',
  (t) => {
    const shop = new Shop({ seed: 1, now: () => new Date('2026-03-04T05:06:07Z') })
    for (const type of SHOP_EVENT_TYPES) {
      const event = shop.next(type)
      useTypeField(TYPE_FIELD)
      t.equal(asPublished(event), event)
      useTypeField('kind')
      const { event_type: _, ...others } = event
      const data = bytesOf(event)
      t.equal(data.toString(), JSON.stringify({ kind: type, ...others }))
      const message = { data, attributes: {}, messageId: 'm', publishTime: '2026-03-04T05:06:07Z' }
      t.match(judge(message), { outcome: 'event', eventType: type })
    }
    t.end()
  },
)

t.test('a name that a field of the shop’s events has is refused', (t) => {
  for (const name of ['kind', 'eventName', TYPE_FIELD]) {
    useTypeField(name)
    t.doesNotThrow(checkTypeField)
  }
  useTypeField('reason')
  t.throws(checkTypeField, {
    message: '"reason" is a field of inventory with another meaning, in the shop\'s events',
  })
  t.end()
})
