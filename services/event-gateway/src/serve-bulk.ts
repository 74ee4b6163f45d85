// What the thread for large requests does.
import { parentPort, workerData } from 'node:worker_threads'
import { createPublisher } from '@tablestream/service-kit'
import { bulkHere, type BulkRequest } from './bulk.ts'
import { PORTION } from './take-request.ts'
import type { FromThread, ThreadOptions, ToThread } from './bulk-messages.ts'
import { told } from './told-error.ts'

const port = parentPort!
const { projectId, topic, mostBytes } = workerData as ThreadOptions

/**
 * Milliseconds that this thread sleeps after each piece of its work. Niceness alone is not enough: a scheduler that has given a core to a
 * thread, however far behind, may leave it there until the next tick (4 ms), and whoever goes before it waits so long.
 */
const REST_MS = 0.05

const rest = sleeper(new Int32Array(new SharedArrayBuffer(4)))
const publisher = createPublisher(projectId, topic, { mostMessages: PORTION, rest })
const bulk = bulkHere(publisher, mostBytes, rest)

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

/** @param nobody what nobody ever wakes the thread by */
function sleeper(nobody: Int32Array<SharedArrayBuffer>): () => void {
  return () => void Atomics.wait(nobody, 0, 0, REST_MS)
}
