import { once } from 'node:events'
import { Agent, get } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { Readable, Writable } from 'node:stream'
import t from 'tap'
import { poll } from '../../../../scripts/poll.ts'
import { createLogger } from '../../src/create-logger.ts'
import { createServer } from '../../src/http/create-server.ts'

t.test('what nobody expected is in the log under the id of the request, and not in the answer', async (t) => {
  const lines: string[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString())
      done()
    },
  })
  const isNoFault = ({ message }: Error) => message === 'come again'
  const app = createServer({ logger: createLogger({ service: 'test', level: 'info', stream }), isNoFault })
  app.get('/fails', () => {
    throw new Error('password of the database: 1234')
  })
  app.get('/busy', () => {
    throw Object.assign(new Error('come again'), { statusCode: 503 })
  })
  const response = await app.inject({ url: '/fails', headers: { 'x-request-id': 'r-7' } })
  t.equal(response.statusCode, 500)
  t.notMatch(response.body, /1234/)
  t.match(response.json(), { code: 'INTERNAL', message: /the log has it as r-7/ })
  t.match(lines.join(''), /"request_id":"r-7".*1234/)
  t.match((await app.inject('/busy')).json(), { statusCode: 503, message: 'come again' })
  t.notMatch(lines.join(''), /come again/, 'it is no fault of the service')
  await app.close()
})

t.test('who goes before its answer is there fills no log; what fails here for it does', async (t) => {
  const lines: string[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString())
      done()
    },
  })
  const app = createServer({ logger: createLogger({ service: 'test', level: 'error', stream }) })
  const over = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  app.post('/', async (request, reply) => {
    asked.resolve()
    await once(request.raw.socket, 'close')
    // a large answer is a stream, which ends where nobody takes it
    return reply.send(Readable.from(['much'], { objectMode: false }).once('close', over.resolve))
  })
  app.get('/fails', async (request) => {
    await once(request.raw.socket, 'close')
    throw new Error('a mistake')
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const one = net.connect(port, '127.0.0.1')
  one.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}')
  await asked.promise
  one.destroy()
  await over.promise
  const other = net.connect(port, '127.0.0.1')
  other.write('GET /fails HTTP/1.1\r\nHost: x\r\n\r\n')
  other.end()
  other.resume()
  await poll(() => lines.join('').includes('a mistake') || undefined, { timeoutMs: 60_000, what: 'the log' })
  t.equal(lines.length, 1)
  await app.close()
})

t.test('who does not send the whole request in time is told so, and the connection ends', async (t) => {
  const app = createServer({
    logger: createLogger({ service: 'test', level: 'silent' }),
    requestTimeoutMs: 200,
  })
  app.post('/', () => 'taken')
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const socket = net.connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
  socket.write(
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
  )
  await once(socket, 'close')
  t.match(answer, /^HTTP\/1\.1 408 /)
  await app.close()
})

t.test('a connection whose last answer goes out while the server closes is not waited for', async (t) => {
  const app = createServer({ logger: createLogger({ service: 'test', level: 'silent' }) })
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  app.get('/', async () => {
    asked.resolve()
    await answer.promise
    return 'late'
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const status = new Promise((resolve, reject) =>
    get(url, { agent }, (response) => response.resume().once('end', () => resolve(response.statusCode))).once(
      'error',
      reject,
    ),
  )
  await asked.promise
  let isClosed = false
  void app.close().then(() => (isClosed = true))
  await new Promise((resolve) => setTimeout(resolve, 50))
  answer.resolve()
  t.equal(await status, 200)
  await poll(() => isClosed || undefined, { timeoutMs: 60_000, what: 'the server is closed' })
})
