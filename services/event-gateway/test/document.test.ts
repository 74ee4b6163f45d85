import t from 'tap'
import { build, recording } from './build.ts'

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
  const hidden = ['/health', '/liveness', '/readiness', '/metrics']
  for (const url of hidden) t.ok(app.hasRoute({ method: 'GET', url }), url)
  await app.close()
})
