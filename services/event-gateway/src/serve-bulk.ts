// What the thread for large requests does.
import { parentPort, workerData } from 'node:worker_threads'
import { createPublisher } from '@tablestream/service-kit'
import { bulkHere, type BulkRequest } from './bulk.ts'
import { told, type FromThread, type ThreadOptions, type ToThread } from './bulk-messages.ts'

/** Messages of a Pub/Sub request: encoding more at once would keep the others of this thread waiting. */
const MOST_MESSAGES = 250

const port = parentPort!
const { projectId, topic, mostBytes } = workerData as ThreadOptions

const bulk = bulkHere(createPublisher(projectId, topic, { mostMessages: MOST_MESSAGES }), mostBytes)

port.on('message', (message: ToThread) => {
  if (message.kind === 'take') void take(message.id, message.request)
  else void bulk.close().then(() => port.close())
})

async function take(id: number, request: BulkRequest): Promise<void> {
  try {
    const outcome = await bulk.take(request)
    port.postMessage({ kind: 'outcome', id, outcome } satisfies FromThread, [outcome.text.buffer])
  } catch (error) {
    port.postMessage({ kind: 'failed', id, error: told(error) } satisfies FromThread)
  }
}
