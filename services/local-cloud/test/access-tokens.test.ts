import { createSign, createPrivateKey } from 'node:crypto'
import t from 'tap'
import { serviceAccountKey } from '../src/access-tokens.ts'
import { startLocalCloud } from '../src/index.ts'

t.test('who has a key file gets a token, on every port, and a form goes nowhere else', async (t) => {
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  for (const port of [cloud.pubsubPort, cloud.bigqueryPort, cloud.storagePort]) {
    const key = serviceAccountKey('p', `http://127.0.0.1:${port}`) as Record<string, string>
    t.match(key, { type: 'service_account', project_id: 'p', client_email: /@p\.iam\.gserviceaccount\.com$/ })
    const signed = createSign('RSA-SHA256')
      .update('claims')
      .sign(createPrivateKey(key['private_key']!), 'base64url')
    const form = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: signed,
    })
    const response = await fetch(key['token_uri']!, { method: 'POST', body: form })
    t.match(await response.json(), { access_token: 'local', expires_in: 3600, token_type: 'Bearer' })
  }
  const refused = await fetch(`http://127.0.0.1:${cloud.bigqueryPort}/bigquery/v2/projects/p/datasets`, {
    method: 'POST',
    body: new URLSearchParams({ a: 'b' }),
  })
  t.equal(refused.status, 400)
})
