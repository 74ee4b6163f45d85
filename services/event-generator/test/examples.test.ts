import { createLogger, type Publisher } from '@tablestream/service-kit'
import t from 'tap'
import { buildApp } from '../src/app.ts'

const publisher: Publisher = {
  publish: (messages) => Promise.resolve(messages.map((_, index) => `m-${index}`)),
  check: () => Promise.resolve(),
  close: () => Promise.resolve(),
}

t.test('what the API’s page sends at the first click starts a task', async (t) => {
  const app = await buildApp({ logger: createLogger({ service: 'test', level: 'silent' }), publisher })
  t.teardown(() => app.close())
  const document = (await app.inject('/docs/json')).json<{
    paths: Record<string, { post: { requestBody: { content: Record<string, { example: object }> } } }>
  }>()
  const { example } = document.paths['/generate/start']!.post.requestBody.content['application/json']!
  t.equal((await app.inject({ method: 'POST', url: '/generate/start', payload: example })).statusCode, 202)
  t.match((await app.inject('/')).json(), { service: 'event-generator' })
})
