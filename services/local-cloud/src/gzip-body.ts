import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { FastifyInstance } from 'fastify'

/**
 * Takes bodies that were compressed on their way: Java's clients send all of their JSON so.
 *
 * @param isOther of a path whose own handler reads what was sent
 */
export function addGzipBodies(app: FastifyInstance, isOther: (url: string) => boolean): void {
  app.addHook('preParsing', (request, _reply, sent, next) => {
    const encoding = request.headers['content-encoding'] ?? 'identity'
    if (encoding === 'identity' || isOther(request.url)) return next(null, sent)
    if (encoding !== 'gzip') {
      const message = `local-cloud does not take a body whose Content-Encoding is ${encoding}: gzip is taken.`
      return next(Object.assign(new Error(message), { statusCode: 400 }))
    }
    next(null, unzipped(sent as Readable))
  })
}

function unzipped(sent: Readable): Readable & { receivedEncodedLength: number } {
  // its limit is that of the bytes that come out; Content-Length, which is compared with this, counts those that come in
  const body = Object.assign(createGunzip(), { receivedEncodedLength: 0 })
  sent.on('data', (chunk: Buffer) => {
    body.receivedEncodedLength += chunk.length
  })
  // what breaks the one breaks the other, which is read
  pipeline(sent, body, () => undefined)
  return body
}
