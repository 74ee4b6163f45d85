import t from 'tap'
import { decodeMessage, judge, judgeParsed, type Message } from '../../src/index.ts'

const message = (data: string, attributes: Record<string, string> = {}): Message => ({
  data: Buffer.from(data),
  attributes,
  messageId: 'm-1',
  publishTime: '2026-03-04T23:59:59.999Z',
})

t.test('an event that its contract allows comes with its envelope', (t) => {
  const good = message('{"event_type":"page_view","event_id":"7"}', { 'ce-source': '/web' })
  t.same(judge(good), decodeMessage(good))
  t.match(judge(good), { outcome: 'event', eventType: 'page_view', eventId: '7', source: '/web' })
  t.end()
})

t.test('what breaks its contract tells every problem, and the first of them as the reason', (t) => {
  const verdict = judge(message('{"event_type":"inventory","quantity_change":7.5,"reason":"eaten"}'))
  if (verdict.outcome !== 'rejected') throw new Error('it is no event')
  t.match(verdict, { reason: 'invalid_event', eventType: 'inventory', path: '/inventory_id', value: '' })
  t.same(verdict.problems.map(({ path, rule }) => `${path} ${rule}`).toSorted(), [
    '/inventory_id required',
    '/product_id required',
    '/quantity_change type',
    '/reason enum',
    '/timestamp required',
    '/warehouse_id required',
  ])
  for (const { path } of verdict.problems) t.match(verdict.message, `${path}: `)
  t.end()
})

t.test('what is no event has the type that its message tells, and no problems by a contract', (t) => {
  const torn = message('{"event_type":"ord', { event_type: 'order' })
  t.match(judge(torn), { outcome: 'rejected', reason: 'not_json', eventType: 'order', problems: [] })
  t.match(judge(message('[1]')), { outcome: 'rejected', reason: 'not_an_object', eventType: '' })
  t.end()
})

t.test('JSON that was parsed before is judged the same', (t) => {
  for (const text of ['{"event_type":"a"}', '{"event_type":"inventory"}', '{"event_type":7}', '[]', '7'])
    t.same(judgeParsed(JSON.parse(text) as never, text, message('')), judge(message(text)), text)
  t.end()
})
