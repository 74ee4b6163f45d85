import fastify from 'fastify'
import t from 'tap'
import { frontPage } from '../../src/http/front-page.ts'

t.test('a browser gets a page with links, a program the same as JSON', async (t) => {
  const app = fastify()
  await app.register(frontPage, { service: 'x', about: 'does x', links: { '/docs': 'its API' } })
  const page = await app.inject({ url: '/', headers: { accept: 'text/html,*/*' } })
  t.match(page, { statusCode: 200, headers: { 'content-type': /^text\/html/ } })
  for (const part of ['Tablestream: x', 'does x', '<a href="/docs">', '<a href="/readiness">'])
    t.match(page.body, part)
  const json = await app.inject('/')
  t.match(json.json(), { service: 'x', product: 'Tablestream', links: { '/docs': 'its API' } })
  await app.close()
})
