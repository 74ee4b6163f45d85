import t from 'tap'
import { examples } from '../src/api.ts'
import { build, KEY, recording } from './build.ts'

t.test('the API’s description has every route, and no other', async (t) => {
  const app = await build(recording())
  await app.ready()
  const document = (await app.inject('/docs/json')).json<{ paths: Record<string, Record<string, unknown>> }>()
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  t.same(described.toSorted(), ['POST /events', 'POST /events/{type}'])
  for (const each of described) {
    const [method, path] = each.split(' ') as [string, string]
    const url = path.replaceAll(/\{(\w+)\}/g, ':$1')
    t.ok(app.hasRoute({ method, url }), each)
  }
  const hidden = ['/', '/health', '/liveness', '/readiness', '/metrics']
  for (const url of hidden) t.ok(app.hasRoute({ method: 'GET', url }), url)
  await app.close()
})

t.test('the example of each content type is taken as it stands', async (t) => {
  const app = await build(recording())
  t.teardown(() => app.close())
  const document = (await app.inject('/docs/json')).json<{
    paths: { '/events': { post: { requestBody: { content: Record<string, unknown> } } } }
  }>()
  const { content } = document.paths['/events'].post.requestBody
  t.same(Object.keys(content).toSorted(), Object.keys(examples()).toSorted())
  for (const [type, example] of Object.entries(examples())) {
    t.match(JSON.stringify(content[type]), JSON.stringify(example).slice(1, 40), type)
    const payload = typeof example === 'string' ? example : JSON.stringify(example)
    const answer = await app.inject({
      method: 'POST',
      url: '/events',
      headers: { 'x-api-key': KEY, 'content-type': type },
      payload,
    })
    t.equal(answer.statusCode, 200, `${type} ${answer.body}`)
  }
})

t.test('who asks for the front page needs no key', async (t) => {
  const app = await build(recording())
  t.teardown(() => app.close())
  t.match((await app.inject('/')).json(), { service: 'event-gateway', links: { '/docs': /API/ } })
})
