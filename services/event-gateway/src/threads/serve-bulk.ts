// What the thread for large requests does.
import { workerData } from 'node:worker_threads'
import { useContracts, useTypeField } from '@tablestream/contract'
import { createPublisher } from '@tablestream/service-kit'
import { bulkHere, type BulkOutcome, type BulkRequest } from '../bulk.ts'
import type { BulkThreadOptions } from './bulk-thread-options.ts'
import { serveCalls } from './serve-calls.ts'
import { PORTION } from '../take-request.ts'

const { projectId, topic, mostBytes, typeField, contracts } = workerData as BulkThreadOptions
useTypeField(typeField)
useContracts(contracts)

/**
 * Milliseconds that this thread sleeps after each piece of its work. Niceness alone is not enough: a scheduler that has given a core to a
 * thread, however far behind, may leave it there until the next tick (4 ms), and whoever goes before it waits so long.
 */
const REST_MS = 0.05

const rest = sleeper(new Int32Array(new SharedArrayBuffer(4)))
// the client is loaded before anybody waits for it: that takes a third of a second of this thread, which stands behind the others
const publisher = createPublisher(projectId, topic, { mostMessages: PORTION, rest, atOnce: true })

serveCalls<BulkRequest, BulkOutcome>(bulkHere(publisher, mostBytes, rest))

/** @param nobody what nobody ever wakes the thread by */
function sleeper(nobody: Int32Array<SharedArrayBuffer>): () => void {
  return () => void Atomics.wait(nobody, 0, 0, REST_MS)
}
