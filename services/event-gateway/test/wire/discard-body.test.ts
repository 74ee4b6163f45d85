import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { poll } from '../../../../scripts/poll.ts'
import { build, KEY, recording } from '../build.ts'

const BODY = 3_000_000
const SENDERS = 4

/** Sends that many bodies at once, two on each connection, from a thread of its own; tells the answers. */
const SENDER = `
  const http = require('node:http')
  const { workerData, parentPort } = require('node:worker_threads')
  const { port, headers, senders, bytes } = workerData
  const agent = new http.Agent({ keepAlive: true, maxSockets: senders })
  const body = Buffer.alloc(bytes, 120)
  for (let n = 0; n < 2 * senders; n++) {
    const request = http.request({ port, host: '127.0.0.1', method: 'POST', path: '/events', agent, headers })
    request.on('error', (error) => parentPort.postMessage(String(error)))
    // as the clients do that look for the answer when they have sent everything
    request.on('response', (response) => {
      const tell = () => parentPort.postMessage(response.statusCode)
      response.resume()
      request.writableFinished ? tell() : request.once('finish', tell)
    })
    request.end(body)
  }`

t.test(
  'what is left of refused bodies is read little by little, all of it, and the connection serves again',
  async (t) => {
    const app = await build(recording())
    t.teardown(() => app.close())
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const sockets: Socket[] = []
    app.server.on('connection', (socket) => sockets.push(socket))
    const readSoFar = () => sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0)
    let before = 0
    let most = 0
    let isDone = false
    const look = (): void => {
      const now = readSoFar()
      most = Math.max(most, now - before)
      before = now
      if (!isDone) setImmediate(look)
    }
    look()
    const headers = { 'x-api-key': 'wrong', 'content-type': 'application/json' }
    const worker = new Worker(SENDER, {
      eval: true,
      workerData: { port, headers, senders: SENDERS, bytes: BODY },
    })
    const answers: unknown[] = []
    while (answers.length < 2 * SENDERS) answers.push(...(await once(worker, 'message')))
    // what the sender's system has taken may still be on its way
    await poll(() => (readSoFar() > 2 * SENDERS * BODY ? true : undefined), {
      timeoutMs: 60_000,
      what: 'all of each body read',
    })
    isDone = true
    await worker.terminate()
    t.same(
      answers,
      Array.from({ length: 2 * SENDERS }, () => 401),
    )
    t.equal(sockets.length, SENDERS, 'each connection served twice')
    // a piece of 64 KB of each connection, which has come before it is stopped
    t.ok(most < SENDERS * 200_000, `${most} bytes in one turn at most`)
  },
)

t.test('a short body, none and one that is there already are left to Node', async (t) => {
  const app = await build(recording())
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const ask = async (method: string, path: string, key: string, body = '') => {
    const request = http
      .request({ port, host: '127.0.0.1', method, path, agent, headers: { 'x-api-key': key } })
      .end(body)
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    response.resume()
    await once(response, 'end')
    return response.statusCode
  }
  t.equal(await ask('POST', '/events', 'wrong', '{}'), 401)
  t.equal(await ask('GET', '/health', ''), 200)
  t.equal(await ask('POST', '/nowhere', KEY, '{}'), 404)
  t.equal(await ask('POST', '/events', KEY, '{"event_type":"x"}'), 200)
  agent.destroy()
})
