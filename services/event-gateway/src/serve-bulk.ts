// What the thread for large requests does.
import { parentPort, workerData } from 'node:worker_threads'
import { createPublisher } from '@tablestream/service-kit'
import { bulkHere } from './bulk.ts'
import { told, type FromThread, type ThreadOptions, type ToThread } from './bulk-messages.ts'
import type { EventRequest } from './event-request.ts'

/** Messages of a Pub/Sub request: encoding more at once would keep the others of this thread waiting. */
const MOST_MESSAGES = 250

const port = parentPort!
const { projectId, topic, mostBytes } = workerData as ThreadOptions

const bulk = bulkHere(createPublisher(projectId, topic, { mostMessages: MOST_MESSAGES }), mostBytes)
const arriving = new Map<number, Uint8Array[]>()

port.on('message', (message: ToThread) => {
  if (message.kind === 'pieces')
    arriving.set(message.id, [...(arriving.get(message.id) ?? []), ...message.pieces])
  else if (message.kind === 'take') void take(message.id, message.request)
  else void bulk.close().then(() => port.close())
})

async function take(id: number, request: EventRequest): Promise<void> {
  const pieces = arriving.get(id) ?? []
  arriving.delete(id)
  try {
    const outcome = await bulk.take({ ...request, pieces })
    port.postMessage({ kind: 'outcome', id, outcome } satisfies FromThread, [outcome.text.buffer])
  } catch (error) {
    port.postMessage({ kind: 'failed', id, error: told(error) } satisfies FromThread)
  }
}
