import http from 'node:http'
import t from 'tap'
import { startLocalCloud, type LocalCloudOptions } from '../src/index.ts'

interface Answer {
  readonly status: number
  readonly text: string
}

/** fetch sets no Host and no Origin: this does. */
function send(
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

const JSON_TYPE = { 'content-type': 'application/json' }

/** What is local-cloud's own, on every port. */
const OWN = '/local-cloud/faults'

for (const port of ['pubsubPort', 'bigqueryPort', 'storagePort'] as const) {
  const paths = {
    pubsubPort: { read: '/v1/projects/p/topics', write: '/v1/projects/p/topics/t123:publish' },
    bigqueryPort: { read: '/bigquery/v2/projects/p/datasets', write: '/bigquery/v2/projects/p/datasets' },
    storagePort: {
      read: '/storage/v1/b?project=p',
      write: '/upload/storage/v1/b/b/o?uploadType=media&name=o',
    },
  }[port]
  const open = async (t: { teardown: (done: () => unknown) => void }, options: LocalCloudOptions = {}) => {
    const cloud = await startLocalCloud(options)
    t.teardown(() => cloud.close())
    return cloud[port]
  }

  t.test(`${port}: a web page reaches nothing`, async (t) => {
    const at = await open(t)
    const pages: [string, Record<string, string>][] = [
      ['a name that resolves to this machine', { host: 'evil.example' }],
      ['the same with the port', { host: `evil.example:${at}` }],
      ['a name that begins like ours', { host: 'localhost.evil.example' }],
      ['another origin', { origin: 'https://evil.example' }],
      ['a file of this machine', { origin: 'null' }],
      ['a picture of another page', { 'sec-fetch-site': 'cross-site' }],
    ]
    for (const [what, headers] of pages) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const { status, text } = await send(at, method, paths.read, headers)
        t.equal(status, 403, `${what}: ${method}`)
        t.match(JSON.parse(text), { error: { code: 403, status: 'PERMISSION_DENIED' } })
      }
      // a form brings such a body without the browser asking first, and objects are of any type
      const form = { ...headers, 'content-type': 'text/plain' }
      t.equal((await send(at, 'POST', paths.write, form, '{}')).status, 403, `${what}: ${paths.write}`)
      t.equal((await send(at, 'PUT', OWN, { ...headers, ...JSON_TYPE }, '{}')).status, 403, `${what}: ${OWN}`)
    }
    for (const path of ['/', OWN, '/nowhere'])
      t.equal((await send(at, 'GET', path, { host: 'evil.example' })).status, 403, path)
  })

  t.test(`${port}: a body is JSON under a JSON content type`, async (t) => {
    const at = await open(t)
    const others = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/json',
    ]
    for (const type of [...others, undefined]) {
      const headers = type === undefined ? {} : { 'content-type': type }
      const asked: [string, string][] = [['PUT', OWN]]
      // there bodies are of any type: a page is told by its origin
      if (port !== 'storagePort') asked.push(['POST', paths.write])
      for (const [method, path] of asked) {
        const { status, text } = await send(at, method, path, headers, '{}')
        t.equal(status, 400, type ?? 'none')
        t.match(text, /Content-Type must be application\/json/)
      }
    }
    for (const type of [
      'application/json',
      'application/json; charset=UTF-8',
      'Application/JSON;charset=utf-8',
    ]) {
      const { text } = await send(at, 'POST', paths.write, { 'content-type': type }, '{}')
      t.notMatch(text, /Content-Type/, type)
    }
    const chunked = { 'content-type': 'text/plain', 'transfer-encoding': 'chunked' }
    t.equal((await send(at, 'PUT', OWN, chunked, '{}')).status, 400, 'chunked')
  })

  t.test(`${port}: this machine's names and those that were allowed are answered`, async (t) => {
    const at = await open(t, { allowedHosts: ['local-cloud'] })
    for (const host of ['localhost', 'LOCALHOST', 'localhost.', '127.0.0.1', '[::1]', 'local-cloud']) {
      t.equal((await send(at, 'GET', paths.read, { host })).status, 200, host)
      t.equal(
        (await send(at, 'GET', paths.read, { host: `${host}:${at}` })).status,
        200,
        `${host} with its port`,
      )
    }
    t.equal((await send(at, 'GET', paths.read, { ...JSON_TYPE, 'sec-fetch-site': 'none' })).status, 200)
    const { status, text } = await send(at, 'GET', paths.read, { host: 'other' })
    t.equal(status, 403)
    t.match(text, /--allow-host other/)
  })
}
