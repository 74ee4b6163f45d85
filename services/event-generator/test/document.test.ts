import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import { buildApp } from '../src/app.ts'

const ROUTES = [
  'DELETE /generate/stop',
  'DELETE /generate/stop/{task}',
  'GET /generate/status',
  'GET /generate/status/{task}',
  'GET /kinds',
  'GET /sample/{type}',
  'GET /scenarios',
  'GET /scenarios/{name}',
  'POST /generate/batch',
  'POST /generate/single/{type}',
  'POST /generate/start',
  'POST /generate/{type}',
  'POST /scenarios/{name}/start',
]

t.test('the API’s description has every route, and no other', async (t) => {
  const publisher = {
    publish: () => Promise.resolve([]),
    check: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
  const app = await buildApp({ logger: createLogger({ service: 'test', level: 'silent' }), publisher })
  const { paths } = (await app.inject('/docs/json')).json<{ paths: Record<string, object> }>()
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  t.same(described.toSorted(), ROUTES)
  for (const each of ROUTES) {
    const [method, path] = each.split(' ') as [string, string]
    t.ok(app.hasRoute({ method, url: path.replaceAll(/\{(\w+)\}/g, ':$1') }), each)
  }
  await app.close()
})
