import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { ReadTurns } from '../../src/wire/read-turns.ts'
import { receiveBody } from '../../src/wire/receive-body.ts'

const BODY = 8_000_000
const SENDERS = 4

/** Sends that many bodies at once, from a thread of its own: it fills the sockets while this one does something else. */
const SENDER = `
  const http = require('node:http')
  const { workerData } = require('node:worker_threads')
  const agent = new http.Agent({ maxSockets: workerData.senders })
  for (let n = 0; n < workerData.senders; n++)
    http.request({ port: workerData.port, host: '127.0.0.1', method: 'POST', agent }).end(Buffer.alloc(workerData.bytes, n))`

t.test(
  'of large bodies that come at once little is read in one turn, and all of each in the end',
  async (t) => {
    const turns = new ReadTurns()
    const bodies: number[] = []
    let ofThisTurn = 0
    let most = 0
    let isTimed = false
    const arrived = (bytes: number): void => {
      ofThisTurn += bytes
      most = Math.max(most, ofThisTurn)
      if (isTimed) return
      isTimed = true
      setImmediate(() => {
        isTimed = false
        ofThisTurn = 0
      })
    }
    const all = Promise.withResolvers<void>()
    const server = http.createServer((request, response) => {
      receiveBody(request, BODY, arrived, (bytes, readOn) => turns.mustWait('one', bytes, readOn)).then(
        (pieces) => {
          const body = Buffer.concat(pieces)
          t.ok(
            body.every((byte) => byte === body[0]),
            'in its order',
          )
          response.end()
          if (bodies.push(body.length) === SENDERS) all.resolve()
        },
        all.reject,
      )
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const worker = new Worker(SENDER, { eval: true, workerData: { port, senders: SENDERS, bytes: BODY } })
    await once(worker, 'online')
    await all.promise
    await worker.terminate()
    server.closeAllConnections()
    server.close()
    t.same(
      bodies,
      Array.from({ length: SENDERS }, () => BODY),
    )
    t.ok(most < 1_000_000, `${most} bytes in one turn at most`)
  },
)
