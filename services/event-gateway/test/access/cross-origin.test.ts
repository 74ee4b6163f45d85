import t from 'tap'
import { originsOf } from '../../src/access/cross-origin.ts'
import { build, HEADERS, ORDER, recording } from '../build.ts'

const PAGE = 'https://shop.example'
const question = {
  origin: PAGE,
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'x-api-key',
}

t.test('a page of a site that is named may call, and asks before without a key', async (t) => {
  const app = await build(recording(), { origins: originsOf(`${PAGE}, http://localhost:3000`) })
  t.teardown(() => app.close())
  const asked = await app.inject({ method: 'OPTIONS', url: '/events', headers: question })
  t.match(asked, {
    statusCode: 204,
    headers: {
      'access-control-allow-origin': PAGE,
      'access-control-allow-headers': /x-api-key/,
      vary: 'Origin',
    },
  })
  const headers = { ...HEADERS, origin: PAGE }
  const sent = await app.inject({ method: 'POST', url: '/events', headers, payload: JSON.stringify(ORDER) })
  t.match(sent, { statusCode: 200, headers: { 'access-control-allow-origin': PAGE } })
  const refused = await app.inject({
    method: 'POST',
    url: '/events',
    headers: { origin: PAGE },
    payload: '{}',
  })
  t.match(
    refused,
    { statusCode: 401, headers: { 'access-control-allow-origin': PAGE } },
    'the page can read why',
  )
})

t.test('any other site is told nothing, and by default every site is another one', async (t) => {
  for (const origins of [originsOf(PAGE), originsOf('')]) {
    const app = await build(recording(), { origins })
    const headers = { ...question, origin: 'https://evil.example' }
    const asked = await app.inject({ method: 'OPTIONS', url: '/events', headers })
    t.equal(asked.statusCode, 401)
    t.equal(asked.headers['access-control-allow-origin'], undefined)
    await app.close()
  }
})

t.test('what is no origin is refused', (t) => {
  for (const bad of ['shop.example', 'https://shop.example/', 'https://shop.example/path', 'null'])
    t.throws(() => originsOf(bad), /an origin is like https:\/\/shop\.example, or \*, but is /, bad)
  t.same([...originsOf('*')], ['*'])
  t.end()
})
