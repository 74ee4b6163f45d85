import { CloudEvent, HTTP } from 'cloudevents'
import t from 'tap'
import { build, HEADERS, KEY, recording, type Answer } from '../build.ts'

const EVENT = new CloudEvent({
  id: 'ce-1',
  source: '/tests',
  type: 'page_view',
  time: '2026-01-02T03:04:05Z',
  subject: 'über',
  traceparent: '00-1',
  data: { page: '/', n: 1 },
})

t.test('binary and structured mode, as the library of CloudEvents sends them', async (t) => {
  for (const mode of ['binary', 'structured'] as const) {
    const publisher = recording()
    const app = await build(publisher)
    const { headers, body } = HTTP[mode](EVENT)
    const response = await app.inject({
      method: 'POST',
      url: '/events',
      headers: { ...(headers as Record<string, string>), 'x-api-key': KEY },
      payload: body as string,
    })
    t.match(
      response.json<Answer>(),
      { taken: 1, events: [{ event_id: 'ce-1', event_type: 'page_view' }] },
      mode,
    )
    const [message] = publisher.sent
    t.same(JSON.parse(message!.data.toString()), { page: '/', n: 1, event_type: 'page_view' })
    t.match(message!.attributes, {
      'ce-id': 'ce-1',
      'ce-source': '/tests',
      'ce-type': 'page_view',
      'ce-subject': 'über',
      'ce-traceparent': '00-1',
      event_type: 'page_view',
    })
    t.equal(Date.parse(message!.attributes['ce-time']!), Date.parse('2026-01-02T03:04:05Z'))
    await app.close()
  }
})

t.test('batch mode: each by itself, numbers as they were written', async (t) => {
  const publisher = recording()
  const app = await build(publisher)
  const one = (id: string, rest: string) =>
    `{"specversion":"1.0","id":"${id}","source":"/s","type":"x",${rest}}`
  const bodies = [
    one('a', '"data":{"n":12345678901234567890}'),
    one('b', `"data_base64":"${Buffer.from('{"n":2}').toString('base64')}"`),
  ]
  const post = (payload: string) =>
    app.inject({
      method: 'POST',
      url: '/events',
      headers: { ...HEADERS, 'content-type': 'application/cloudevents-batch+json' },
      payload,
    })
  t.match((await post(`[${bodies.join()}]`)).json<Answer>(), {
    taken: 2,
    events: [{ event_id: 'a' }, { event_id: 'b' }],
  })
  t.same(
    publisher.sent.map(({ data }) => data.toString()),
    ['{"n":12345678901234567890,"event_type":"x"}', '{"n":2,"event_type":"x"}'],
  )
  const bad = [
    '{"specversion":"1.0","source":"/s","type":"x","data":{}}',
    one('c', '"subject":"none"'),
    one('d', '"data":{},"data_base64":""'),
    one('e', '"data":{},"datacontenttype":"text/xml"'),
    one('f', '"data":{},"Bad_Name":"1"'),
    one('g', '"data":{"event_type":"y"}'),
    '7',
  ]
  const { rejected } = (await post(`[${bad.join()}]`)).json<Answer>()
  t.match(rejected, [
    { index: 0, problems: [{ path: '/id', rule: 'required' }] },
    { index: 1, problems: [{ path: '/data', rule: 'required' }] },
    { index: 2, problems: [{ path: '/data', rule: 'not' }] },
    { index: 3, problems: [{ path: '/datacontenttype', value: '"text/xml"' }] },
    { index: 4, problems: [{ rule: 'cloudevent', message: /Bad_Name/ }] },
    { index: 5, problems: [{ path: '/event_type', rule: 'const', value: '"y"' }] },
    { index: 6, problems: [{ message: /a CloudEvent is a JSON object/ }] },
  ])
  t.match((await post('{}')).json<Answer>().rejected, [{ problems: [{ message: /is a JSON array/ }] }])
  await app.close()
})

t.test('an attribute that is an object or an array is named, and one that is null is not set', async (t) => {
  const publisher = recording()
  const app = await build(publisher)
  const post = (attributes: object) =>
    app.inject({
      method: 'POST',
      url: '/events',
      headers: { ...HEADERS, 'content-type': 'application/cloudevents+json' },
      payload: JSON.stringify({
        specversion: '1.0',
        id: '1',
        source: '/s',
        type: 'x',
        data: {},
        ...attributes,
      }),
    })
  for (const [attributes, path, value] of [
    [{ ext: { a: 1 } }, '/ext', '{"a":1}'],
    [{ ext: [1] }, '/ext', '[1]'],
    [{ 'a/b': {} }, '/a~1b', '{}'],
    [{ id: [] }, '/id', '[]'],
  ] as const) {
    const response = await post(attributes)
    t.equal(response.statusCode, 400)
    t.match(response.json<Answer>().rejected, [{ problems: [{ path, rule: 'type', value }] }])
  }
  t.equal((await post({ ext: null, other: true, count: 7 })).statusCode, 200)
  const [message] = publisher.sent
  t.match(message!.attributes, { 'ce-other': 'true', 'ce-count': '7' })
  t.notOk('ce-ext' in message!.attributes)
  await app.close()
})

t.test('by the door of another type a CloudEvent is refused', async (t) => {
  const app = await build(recording())
  const { headers, body } = HTTP.structured(EVENT)
  const response = await app.inject({
    method: 'POST',
    url: '/events/order',
    headers: { ...(headers as Record<string, string>), 'x-api-key': KEY },
    payload: body as string,
  })
  t.match(response.json<Answer>().rejected, [
    { problems: [{ path: '/type', rule: 'const', value: '"page_view"' }] },
  ])
  await app.close()
})

t.test(
  'whatever an attribute is called and holds, its event is taken, or told what is wrong with it',
  async (t) => {
    const publisher = recording()
    const app = await build(publisher)
    const events = [
      // names that the library of CloudEvents has for itself
      ...['validate', 'emit', 'constructor', 'schemaurl', 'datacontentencoding', 'toString'].map((name) => ({
        [name]: 'x',
      })),
      { specversion: '0.3', time: 5 },
      { specversion: '2.0' },
      { time: 'soon' },
      { subject: 5 },
      { ext: 1.5 },
    ].map((attributes) => ({ specversion: '1.0', id: '1', source: '/s', type: 'x', data: {}, ...attributes }))
    const batch = await app.inject({
      method: 'POST',
      url: '/events/x?partial=true',
      headers: { ...HEADERS, 'content-type': 'application/cloudevents-batch+json' },
      payload: JSON.stringify([
        ...events,
        { specversion: '1.0', id: 'good', source: '/s', type: 'x', data: {} },
      ]),
    })
    t.equal(batch.statusCode, 200)
    const { taken, rejected } = batch.json<Answer>()
    t.equal(taken, 6)
    t.match(
      rejected.map(({ problems }) => problems[0]!.path || problems[0]!.rule),
      ['/toString', '/specversion', '/specversion', 'cloudevent', 'cloudevent', '/ext'],
    )
    t.match(
      publisher.sent.map(({ attributes }) => attributes),
      [{ 'ce-validate': 'x' }, { 'ce-emit': 'x' }],
    )
    for (const [name, status] of [
      ['ce-validate', 200],
      ['ce-schemaurl', 200],
      ['ce-data_base64', 400],
    ] as const) {
      const headers = {
        'ce-specversion': '1.0',
        'ce-id': '1',
        'ce-source': '/s',
        'ce-type': 'x',
        [name]: '=',
      }
      const one = await app.inject({
        method: 'POST',
        url: '/events/x',
        headers: { ...HEADERS, ...headers },
        payload: {},
      })
      t.equal(one.statusCode, status, name)
    }
    await app.close()
  },
)
