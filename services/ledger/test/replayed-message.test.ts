import { deepEqual } from 'node:assert/strict'
import { decodeMessage } from '@tablestream/contract'
import fc from 'fast-check'
import t from 'tap'
import { messagesOf, waysToPublish } from '../src/replayed-message.ts'

const PUBLISHED = '2028-02-29T23:59:58.5Z'
const REPLAYED = '2028-03-05T10:00:00Z'
/** Which event a message is, and of which day. */
function identityOf(message: Omit<Parameters<typeof decodeMessage>[0], 'publishTime'>, publishTime: string) {
  const decoded = decodeMessage({ ...message, publishTime })
  return decoded.outcome === 'event' ? [decoded.eventType, decoded.eventId, decoded.eventDate] : undefined
}

const attribute = fc.constantFrom('ce-source', 'tablestream-caller', 'mine', 'write-again')
const event = fc.record(
  {
    event_type: fc.constantFrom('order', 'page_view', 'reading'),
    event_id: fc.constantFrom('a', ''),
    event_date: fc.constantFrom('2028-02-27', 'soon'),
    timestamp: fc.constantFrom('2028-02-28T23:30:00-02:00', 'soon'),
  },
  { requiredKeys: ['event_type'] },
)

t.test('what is published again days later is the event that it was, of the same day', (t) => {
  fc.assert(
    fc.property(
      event,
      fc.dictionary(attribute, fc.constantFrom('', 'true', '/x')),
      fc.option(fc.constantFrom('2028-02-20T10:00:00Z'), { nil: undefined }),
      (body, others, time) => {
        const attributes = { ...others, ...(time !== undefined && { 'ce-time': time }) }
        const data = Buffer.from(JSON.stringify(body))
        const original = { data, attributes, messageId: '17' }
        const [best] = waysToPublish({ id: '17', data, attributes, publishTime: PUBLISHED })
        deepEqual(
          identityOf({ ...best!, messageId: '18' }, REPLAYED),
          identityOf(original, PUBLISHED),
          JSON.stringify(original),
        )
      },
    ),
  )
  t.end()
})

const letter = { deadLetterId: '9', at: 0, reason: '', path: '', value: '', message: '', parts: 1 }
const data = Buffer.from('{"event_type":"reading","n":1}')

t.test('a dead letter tells when its message was published, whoever made it', (t) => {
  const ours = { 'dead-letter-reason': 'row_refused', 'dead-letter-publish-time': PUBLISHED }
  const theirs = { CloudPubSubDeadLetterSourceTopicPublishTime: PUBLISHED }
  for (const [messageId, attributes] of [
    ['17', ours],
    ['', theirs],
  ] as const)
    t.equal(messagesOf({ ...letter, messageId, data, attributes })[0]!.attributes['ce-time'], PUBLISHED)
  t.end()
})

t.test('where there is no room for the day, it is published all the same', (t) => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, '']))
  const namesOf = (count: number) =>
    waysToPublish({ id: '17', data, attributes: many(count), publishTime: PUBLISHED }).map((way) =>
      Object.keys(way.attributes).filter((name) => !/^a\d/.test(name)),
    )
  t.same(namesOf(97)[0], ['ce-id', 'published-again', 'ce-time'])
  t.same(namesOf(98)[0], ['ce-id', 'published-again'])
  for (const count of [0, 97, 98, 99, 100]) {
    t.same(namesOf(count).at(-1), [])
    for (const names of namesOf(count)) t.ok(names.length + count <= 100, `${count} and ${names.join(' ')}`)
  }
  t.end()
})
