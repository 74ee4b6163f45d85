import type http from 'node:http'
import type http2 from 'node:http2'
import type { Socket } from 'node:net'
import * as grpc from '@grpc/grpc-js'
import { appOf } from '../app-of-path.ts'
import type { CallObserver } from '../port.ts'
import type { Call, CallJournal, Service } from './call-journal.ts'

/** Writes down each call of a port when it is over, as the connection shows it: nobody who answers calls knows of it. */
export function observeCalls(journal: CallJournal): CallObserver {
  // a connection carries one request behind the other: what it has read since the last one belongs to the next
  const read = new WeakMap<Socket, number>()
  return {
    request(request, response) {
      const { socket, method = '', url = '/' } = request
      const began = performance.now()
      const written = socket.bytesWritten
      response.once('close', () => {
        const before = read.get(socket) ?? 0
        read.set(socket, socket.bytesRead)
        journal.add({
          service: serviceOfPath(url),
          protocol: 'http',
          method,
          resource: url.split('?')[0]!,
          status: statusOf(response),
          ...since(began),
          requestBytes: socket.bytesRead - before,
          responseBytes: socket.bytesWritten - written,
        })
      })
    },
    stream(stream, headers) {
      const began = performance.now()
      let requestBytes = 0
      let responseBytes = 0
      const write = stream.write.bind(stream) as (chunk: Buffer, ...rest: unknown[]) => boolean
      stream.write = (chunk: Buffer, ...rest: unknown[]) => {
        responseBytes += chunk.length
        return write(chunk, ...rest)
      }
      stream.on('data', (chunk: Buffer) => (requestBytes += chunk.length))
      stream.once('close', () => {
        journal.add({
          service: serviceOfMethod(String(headers[':path'])),
          protocol: 'grpc',
          method: String(headers[':path']).slice(1),
          resource: resourceOf(headers['x-goog-request-params']),
          status: statusOfStream(stream),
          ...since(began),
          requestBytes,
          responseBytes,
        })
      })
    },
  }
}

function since(began: number): Pick<Call, 'durationMs'> {
  return { durationMs: Math.round((performance.now() - began) * 1000) / 1000 }
}

const statusOf = (response: http.ServerResponse): number | null =>
  response.writableFinished ? response.statusCode : null

function serviceOfPath(url: string): Service {
  const app = appOf(url)
  return app === 'pubsub' && /^\/v1\/projects\/[^/]+\/locations\//.test(url) ? 'eventarc' : app
}

const serviceOfMethod = (path: string): Service =>
  path.startsWith('/google.cloud.bigquery.storage.') ? 'bigquerystorage' : 'pubsub'

/** `topic=projects%2Fp%2Ftopics%2Ft`: the values. */
function resourceOf(routing: string | readonly string[] | undefined): string | null {
  if (routing === undefined || routing === '') return null
  return [...new URLSearchParams(String(routing)).values()].join(' ')
}

function statusOfStream({ sentTrailers, sentHeaders }: http2.ServerHttp2Stream): string | null {
  // an error at once has no trailers of its own: it is in the headers
  const code = sentTrailers?.['grpc-status'] ?? sentHeaders?.['grpc-status']
  return code === undefined ? null : (grpc.status[Number(code)] ?? String(code))
}
