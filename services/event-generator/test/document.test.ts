import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import { buildApp } from '../src/app.ts'

const PUBLISHER = {
  publish: () => Promise.resolve([]),
  check: () => Promise.resolve(),
  close: () => Promise.resolve(),
}

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

interface Described {
  readonly parameters?: readonly { readonly name: string; readonly required?: boolean }[]
  readonly requestBody?: {
    readonly content: Record<string, { readonly schema: { readonly required?: string[] } }>
  }
}

t.test('what has a default is not said to be required', async (t) => {
  const app = await buildApp({
    logger: createLogger({ service: 'test', level: 'silent' }),
    publisher: PUBLISHER,
  })
  t.teardown(() => app.close())
  const { paths } = (await app.inject('/docs/json')).json<{
    paths: Record<string, Record<string, Described>>
  }>()
  const [count, type] = ['count', 'type'].map((name) =>
    paths['/generate/{type}']?.['post']?.parameters?.find((each) => each.name === name),
  )
  t.notOk(count?.required, 'count is 1 where nobody says another')
  t.ok(type?.required)
  const { schema } = paths['/generate/start']!['post']!.requestBody!.content['application/json']!
  t.notOk(schema.required?.includes('duration_minutes'))
  t.equal((await app.inject({ method: 'POST', url: '/generate/order' })).statusCode, 200)
})

t.test('the API’s description has every route, and no other', async (t) => {
  const app = await buildApp({
    logger: createLogger({ service: 'test', level: 'silent' }),
    publisher: PUBLISHER,
  })
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
