import type http from 'node:http'
import type { Socket } from 'node:net'
import { appOf } from '../app-of-path.ts'
import type { CallObserver } from '../port.ts'
import type { Call, CallJournal, Service } from './call-journal.ts'

/** google.rpc.Code, by its number. */
const STATUSES: readonly string[] = [
  'OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED',
].flatMap((line) => line.split(' '))

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
    call({ path, headers, code, began, requestBytes, responseBytes }) {
      journal.add({
        service: serviceOfMethod(path),
        protocol: 'grpc',
        method: path.slice(1),
        resource: () => resourceOf(headers['x-goog-request-params']),
        status: code === undefined ? null : (STATUSES[code] ?? String(code)),
        ...since(began),
        requestBytes,
        responseBytes,
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
function resourceOf(routing: string | undefined): string | null {
  if (routing === undefined || routing === '') return null
  return [...new URLSearchParams(routing).values()].join(' ')
}
