import { createPublicKey, createVerify, type JsonWebKeyInput } from 'node:crypto'
import { statSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { message, openPubSub, temporaryFolder, TOPIC, type Opened, type Test } from '../open-pubsub.ts'

interface Posted {
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

/** An endpoint that says yes, and what it was sent. */
async function endpoint(t: Test): Promise<{ url: string; next: () => Promise<Posted> }> {
  const posted: Posted[] = []
  const waiting: ((one: Posted) => void)[] = []
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one = { headers: request.headers, body: Buffer.concat(chunks).toString() }
      const taker = waiting.shift()
      if (taker) taker(one)
      else posted.push(one)
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/push`,
    next: () => {
      const one = posted.shift()
      return one ? Promise.resolve(one) : new Promise((resolve) => waiting.push(resolve))
    },
  }
}

t.test(
  'without a wrapper the body is the data, and the headers say the rest where they are asked to',
  async (t) => {
    const { call } = await openPubSub(t)
    const { url, next } = await endpoint(t)
    await call('PUT', 'topics/topic', {})
    const pushConfig = { pushEndpoint: url, noWrapper: { writeMetadata: true } }
    const made = await call('PUT', 'subscriptions/sub', { topic: TOPIC, pushConfig })
    t.match(made.body, { pushConfig })
    const attributes = { colour: 'red', 'no header': 'x', greek: 'αβγ', host: 'elsewhere' }
    const published = await call('POST', 'topics/topic:publish', {
      messages: [message('plain text', { attributes, orderingKey: 'k' })],
    })
    const { headers, body } = await next()
    t.equal(body, 'plain text')
    t.match(headers, {
      colour: 'red',
      'x-goog-pubsub-subscription-name': 'projects/p/subscriptions/sub',
      'x-goog-pubsub-message-id': published.body.messageIds[0],
      'x-goog-pubsub-publish-time': /^\d{4}-.*Z$/,
      'x-goog-pubsub-ordering-key': 'k',
    })
    t.match(headers.host, /^127/)
    t.notOk('greek' in headers || 'no header' in headers)

    await call('POST', 'subscriptions/sub:modifyPushConfig', {
      pushConfig: { pushEndpoint: url, noWrapper: {} },
    })
    await call('POST', 'topics/topic:publish', { messages: [message('bare', { attributes })] })
    const bare = await next()
    t.equal(bare.body, 'bare')
    t.notOk('colour' in bare.headers || 'x-goog-pubsub-message-id' in bare.headers)
  },
)

t.test(
  'a token says who pushes, and whoever is pushed to can verify it by the keys that are served',
  async (t) => {
    const dataFolder = temporaryFolder(t)
    const first = await openPubSub(t, { dataFolder })
    const { url, next } = await endpoint(t)
    const email = 'pusher@p.iam.gserviceaccount.com'
    await first.call('PUT', 'topics/topic', {})
    const pushConfig = { pushEndpoint: url, oidcToken: { serviceAccountEmail: email } }
    const made = await first.call('PUT', 'subscriptions/sub', { topic: TOPIC, pushConfig })
    t.match(made.body, { pushConfig })
    await first.call('POST', 'topics/topic:publish', { messages: [message('x')] })
    const token = /^Bearer (.+)$/.exec((await next()).headers.authorization ?? '')?.[1] ?? ''
    const [header = '', claims = '', signature = ''] = token.split('.')
    const json = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
    t.match(json(claims), { email, email_verified: true, aud: url, iss: 'https://accounts.google.com' })
    const { kid } = json(header) as { kid: string }
    const keysOf = async ({ cloud }: Opened): Promise<(string | JsonWebKeyInput)[]> => {
      const get = async (path: string) =>
        (await fetch(`http://127.0.0.1:${cloud.pubsubPort}/oauth2/${path}/certs`)).json()
      const pems = (await get('v1')) as Record<string, string>
      const { keys } = (await get('v3')) as { keys: ({ kid: string } & JsonWebKeyInput['key'])[] }
      const jwk = keys.find((key) => key.kid === kid)!
      t.notOk('d' in jwk, 'the private half is kept back')
      return [pems[kid]!, { key: jwk, format: 'jwk' }]
    }
    const isSigned = (key: string | JsonWebKeyInput) =>
      createVerify('sha256')
        .update(`${header}.${claims}`)
        .verify(createPublicKey(key), signature, 'base64url')
    for (const key of await keysOf(first)) t.ok(isSigned(key))
    await first.close()
    const second = await openPubSub(t, { dataFolder })
    for (const key of await keysOf(second)) t.ok(isSigned(key), 'the key outlives a restart')
    t.equal(statSync(join(dataFolder, 'push-signing-key.pem')).mode & 0o077, 0, 'nobody else can read it')

    const nobody = { pushEndpoint: url, oidcToken: { audience: 'x' } }
    t.match(await second.call('PUT', 'subscriptions/bad', { topic: TOPIC, pushConfig: nobody }), {
      status: 400,
    })
  },
)
