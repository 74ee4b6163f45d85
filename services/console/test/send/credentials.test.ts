import t from 'tap'
import { credentialsFor, passFor } from '../../src/send/credentials.ts'

const GATEWAY = 'https://event-gateway-1.us-central1.run.app'

function metadata(status = 200) {
  const asked: { url: string; headers: RequestInit['headers'] }[] = []
  const ask = async (url: string, init?: RequestInit) => {
    asked.push({ url, headers: init?.headers })
    return new Response('a.b.c', { status })
  }
  return { asked, ask }
}

t.test('without a key Cloud Run and event-gateway each get the token in a header of their own', async (t) => {
  const { asked, ask } = metadata()
  t.same(await credentialsFor({ key: '', audience: GATEWAY, ask })(), {
    'x-serverless-authorization': 'Bearer a.b.c',
    authorization: 'Bearer a.b.c',
  })
  t.match(asked, [
    {
      url: /\/identity\?format=full&audience=https%3A%2F%2Fevent-gateway-1\.us-central1\.run\.app$/,
      headers: { 'metadata-flavor': 'Google' },
    },
  ])
})

t.test('with a key nobody is asked for a token', async (t) => {
  const { asked, ask } = metadata()
  t.same(await credentialsFor({ key: 'k', audience: GATEWAY, ask })(), { 'x-api-key': 'k' })
  t.same(asked, [])
})

t.test('a service that Cloud Run guards gets a token, and one of this machine none', async (t) => {
  const { asked, ask } = metadata()
  t.same(await passFor('http://127.0.0.1:8082', ask)(), {})
  t.same(asked, [])
  t.same(await passFor('https://event-generator-1.us-central1.run.app', ask)(), {
    'x-serverless-authorization': 'Bearer a.b.c',
  })
})

t.test('a token that cannot be had is an error with the status', async (t) => {
  const { ask } = metadata(404)
  await t.rejects(credentialsFor({ key: '', audience: GATEWAY, ask })(), /metadata server answered 404/)
})
