import { isMarkedAsUntransferable } from 'node:worker_threads'
import type { Logger, PublishCalls } from '@tablestream/service-kit'
import { Thread } from './thread.ts'

/** What the thread is started with. */
export interface PublishThreadOptions {
  readonly projectId: string
  readonly topic: string
}

export type PublishRequest =
  | { readonly kind: 'publish'; readonly bytes: Uint8Array; readonly tryMs: number }
  | { readonly kind: 'exists' }
export type PublishResult = readonly string[] | boolean

const HEAP_MB = 256
/** The thread answers within the time of a try. One that does not for so long stands still. */
const PATIENCE_MS = 2000

/** gRPC's UNAVAILABLE: worth another try. It may have been heard. */
const UNAVAILABLE = 14

function ended(cause: Error | undefined): Error {
  const why = cause ? `: ${cause.message}` : ''
  return Object.assign(new Error(`the thread that asks Pub/Sub has ended${why}`, { cause }), {
    code: UNAVAILABLE,
  })
}

/**
 * Asks Pub/Sub in a thread of its own. Google's client makes more garbage for a call than all the rest of a request, and the engine
 * looks at it for 4 ms at a time: the thread that answers everybody would stand still meanwhile.
 */
export function callsInThread(
  options: PublishThreadOptions,
  logger: Logger,
  { patienceMs = PATIENCE_MS, heapMb = HEAP_MB } = {},
): PublishCalls {
  const kind = { file: 'publish-thread', workerData: options, heapMb, ended }
  const thread = new Thread<PublishRequest, PublishResult>(kind, logger)
  return {
    async publish(request, tryMs) {
      const bytes = alone(request)
      const late = setTimeout(() => thread.end(), tryMs + patienceMs)
      try {
        return (await thread.call({ kind: 'publish', bytes, tryMs }, [bytes.buffer])) as readonly string[]
      } finally {
        clearTimeout(late)
      }
    },
    async exists() {
      return (await thread.call({ kind: 'exists' })) as boolean
    },
    close: () => thread.close(),
  }
}

/** The bytes in memory that is theirs alone, and can be moved. */
function alone(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes
  const isAlone = buffer.byteLength === bytes.byteLength && !isMarkedAsUntransferable(buffer)
  return isAlone ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)
}
