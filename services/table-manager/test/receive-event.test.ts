import { CALLER_ATTRIBUTE, requestsOf } from '@tablestream/contract'
import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import { createReceiver } from '../src/receive-event.ts'
import type { ChangeRequest, ChangeResult } from '../src/table-change.ts'

const message = (text: string) => ({
  data: Buffer.from(text),
  attributes: {},
  messageId: '7',
  publishTime: '2026-01-01T00:00:00Z',
})

function receiver(fit: (request: ChangeRequest) => Promise<ChangeResult>, takesRequests = true) {
  const types: string[] = []
  const lines: string[] = []
  const logger = createLogger({ service: 'test', level: 'silent' })
  const tell = (what: object) => void lines.push(JSON.stringify({ ...what, err: undefined }))
  Object.assign(logger, { info: tell, warn: tell, error: tell })
  const queues = {
    of(type: string) {
      types.push(type)
      return { fit } as never
    },
  }
  return { types, lines, receive: createReceiver(queues, logger, takesRequests) }
}

t.test('an event goes to the queue of its type, and its outcome is the answer', async (t) => {
  const asked: ChangeRequest[] = []
  const { types, receive } = receiver((request) => {
    asked.push(request)
    return Promise.resolve({ outcome: 'created' })
  })
  t.same(await receive(message('{"event_type":"x","a":1}')), { outcome: 'created', status: 204 })
  t.same(types, ['x'])
  t.match(asked, [{ event: { a: 1 }, eventId: '7' }])
})

t.test('what can never be a row is taken, and nobody is asked', async (t) => {
  const { types, receive } = receiver(() => Promise.reject(new Error('nobody')))
  for (const text of ['no json', '{}', '{"event_type":"order"}'])
    t.same(await receive(message(text)), { outcome: 'rejected', status: 204 }, text)
  t.same(types, [])
})

t.test(
  'what BigQuery refuses for good, or the policy, is taken; what may work later is asked for again',
  async (t) => {
    const results: ChangeResult[] = [
      { outcome: 'refused', reason: 'no', path: '/a', value: '1' },
      { outcome: 'frozen' },
    ]
    for (const result of results) {
      const { receive } = receiver(() => Promise.resolve(result))
      t.same(await receive(message('{"event_type":"x"}')), { outcome: result.outcome, status: 204 })
    }
    const { receive } = receiver(() => Promise.reject(new Error('not now', { cause: new Error('down') })))
    t.same(await receive(message('{"event_type":"x"}')), {
      outcome: 'later',
      status: 503,
      reason: 'not now: down',
    })
  },
)

t.test(
  'what is postponed is taken of a request, whose event asks again, and not of an event itself',
  async (t) => {
    const asked: ChangeRequest[] = []
    const { receive } = receiver((request) => {
      asked.push(request)
      return Promise.resolve({ outcome: 'postponed', reason: 'others first' })
    })
    const event = { event_type: 'x', a: 1 }
    const attributes = { 'ce-source': '/shop', [CALLER_ATTRIBUTE]: 'acme' }
    const direct = { ...message(JSON.stringify(event)), attributes }
    t.same(await receive(direct), { outcome: 'postponed', status: 503, reason: 'others first' })
    const [request] = requestsOf(direct, event, undefined, {})
    t.same(await receive({ ...direct, ...request! }), { outcome: 'postponed', status: 204 })
    t.match(asked, [
      { caller: 'acme', source: 'acme /shop' },
      { caller: 'acme', source: 'acme /shop' },
    ])
  },
)

t.test(
  "a request's contract is not asked again, since it is shorter than the event that it was asked of",
  async (t) => {
    const { types, receive } = receiver(() => Promise.resolve({ outcome: 'altered' }))
    const event = { event_type: 'order', items: [] }
    const direct = message(JSON.stringify(event))
    t.same(await receive(direct), { outcome: 'rejected', status: 204 }, 'an event that comes itself')
    const [request] = requestsOf(direct, event, undefined, {})
    t.same(await receive({ ...direct, ...request! }), { outcome: 'altered', status: 204 })
    t.same(await receive({ ...direct, ...request!, data: Buffer.from('{}') }), {
      outcome: 'rejected',
      status: 204,
    })
    t.same(types, ['order'])
  },
)

t.test(
  'a request for another table than the one of its type makes none, and says what is wrong',
  async (t) => {
    const { types, lines, receive } = receiver(() => Promise.resolve({ outcome: 'created' }))
    const event = { event_type: 'x', a: 1 }
    const direct = message(JSON.stringify(event))
    const [request] = requestsOf(direct, event, undefined, {})
    t.same(await receive({ ...direct, ...request! }), { outcome: 'created', status: 204 })
    const attributes = { ...request!.attributes, 'asked-for-table': 'ex' }
    t.same(await receive({ ...direct, ...request!, attributes }), { outcome: 'other_table', status: 204 })
    t.match(lines, [/"table":"x","wanted":"ex"/])
    t.match(await receive({ ...direct, ...request!, attributes }), { outcome: 'other_table' })
    t.equal(lines.length, 1, 'said once, however often it is asked')
    // who asked before requests said so, and who only says so
    const { 'asked-for-table': _, ...older } = request!.attributes
    t.match(await receive({ ...direct, ...request!, attributes: older }), { outcome: 'created' })
    t.match(await receive({ ...direct, attributes: { 'asked-for-table': 'ex' } }), { outcome: 'created' })
    t.equal(types.length, 3)
  },
)

t.test('a type with a table under its name of before has none made, and it is said once', async (t) => {
  const { lines, receive } = receiver(() =>
    Promise.resolve({ outcome: 'former_table', former: 'x_of_before' }),
  )
  const event = { event_type: 'x', a: 1 }
  const direct = message(JSON.stringify(event))
  t.match(await receive(direct), {
    outcome: 'former_table',
    status: 503,
    reason: /^x_of_before is .*upgrading/,
  })
  const [request] = requestsOf(direct, event, undefined, {})
  // the event that waits asks again
  t.same(await receive({ ...direct, ...request! }), { outcome: 'former_table', status: 204 })
  t.match(lines, [/"table":"x","former":"x_of_before"/])
  t.equal(lines.length, 1)
})

t.test('an event that poses as a request is judged as an event where every event is delivered', async (t) => {
  const attributes = { 'asked-by-message-id': '1', 'asked-by-publish-time': '2020-01-01T00:00:00Z' }
  const asked: ChangeRequest[] = []
  const fit = (request: ChangeRequest) => {
    asked.push(request)
    return Promise.resolve<ChangeResult>({ outcome: 'postponed', reason: 'later' })
  }
  const { receive } = receiver(fit, false)
  const outcomes = []
  for (const text of ['{"event_type":"order","items":"none"}', '{"event_type":"x","a":1}'])
    outcomes.push(await receive({ ...message(text), attributes }))
  t.match(outcomes, [
    { outcome: 'rejected', status: 204 },
    { outcome: 'postponed', status: 503 },
  ])
  t.match(asked, [{ eventId: '7' }])
  t.equal(asked.length, 1)
})

t.test('ids and paths of a megabyte make no lines of a megabyte in the log', async (t) => {
  const long = 'k'.repeat(1 << 20)
  const results: ChangeResult[] = [
    { outcome: 'refused', reason: 'no', path: `/${long}`, value: '1' },
    { outcome: 'postponed', reason: 'others first' },
  ]
  const { lines, receive } = receiver(() => Promise.resolve(results.shift()!))
  await receive(message(`{"event_type":"x","event_id":"${long}","a":1}`))
  await receive(message(`{"event_type":"x","event_id":"${long}","a":1}`))
  await receive(message(`{"event_type":"x","${long}":{"a":1,"a":2}}`))
  t.equal(lines.length, 3)
  for (const line of lines) t.ok(line.length < 4000, `${line.slice(0, 60)}: ${line.length} characters`)
})
