import { TYPE_FIELD, useTypeField } from '@tablestream/contract'
import t from 'tap'
import { examples } from '../src/api.ts'
import { build, HEADERS, KEY, ORDER, recording, type Answer } from './build.ts'

t.beforeEach(() => useTypeField('kind'))
t.afterEach(() => useTypeField(TYPE_FIELD))

const { event_type: _, ...RECORD } = ORDER

t.test(
  'every door writes the type into the field that was told, and the attribute keeps its name',
  async (t) => {
    const publisher = recording()
    const app = await build(publisher)
    const post = async (url: string, payload: object, headers: object = {}) =>
      (await app.inject({ method: 'POST', url, headers: { ...HEADERS, ...headers }, payload })).json<Answer>()
    const structured = { 'content-type': 'application/cloudevents+json' }
    const event = { specversion: '1.0', id: '1', source: '/s', type: 'order', data: RECORD }
    t.match(await post('/events', { kind: 'order', ...RECORD }), {
      taken: 1,
      events: [{ event_type: 'order' }],
    })
    t.match(await post('/events/order', RECORD), { taken: 1 })
    t.match(await post('/events', event, structured), { taken: 1 })
    t.equal(publisher.sent.length, 3)
    for (const { data, attributes } of publisher.sent) {
      t.match(JSON.parse(data.toString()), { kind: 'order' })
      t.notMatch(data.toString(), 'event_type')
      t.match(attributes, { event_type: 'order', 'ce-type': 'order' })
    }
    await app.close()
  },
)

t.test('a refusal names the field, and the examples of the API have it', async (t) => {
  const app = await build(recording())
  const problemsOf = async (url: string, payload: object) => {
    const headers = { 'x-api-key': KEY, 'content-type': 'application/json' }
    const { rejected } = (await app.inject({ method: 'POST', url, headers, payload })).json<Answer>()
    return rejected[0]!.problems.map(({ path, rule }) => [path, rule])
  }
  t.same(await problemsOf('/events', ORDER), [['/kind', 'no_event_type']])
  t.same(await problemsOf('/events/order', { kind: 'inventory', ...RECORD }), [['/kind', 'const']])
  // of more characters than an attribute has bytes for
  t.same(await problemsOf('/events', { kind: 'é'.repeat(513) }), [['/kind', 'event_type_too_long']])
  t.match(examples()['application/json'], { kind: 'page_view', event_type: undefined })
  await app.close()
})
