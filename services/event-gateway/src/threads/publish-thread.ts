// The thread that asks Pub/Sub: what its client leaves behind is garbage of this thread, and nobody else stops for it.
import { setPriority } from 'node:os'
import { workerData } from 'node:worker_threads'
import { openPublishCalls } from '@tablestream/service-kit'
import type { PublishRequest, PublishResult, PublishThreadOptions } from './calls-in-thread.ts'
import { serveCalls } from './serve-calls.ts'

/** Behind the thread that answers everybody, but before those for large bodies and the engine's helper (decision 0027). */
const NICE = 10

// on Linux it holds for the thread that asks; elsewhere it would slow the whole process down
if (process.platform === 'linux') setPriority(NICE)
const { projectId, topic } = workerData as PublishThreadOptions
const opened = openPublishCalls(projectId, topic)
// without a connection this thread is of no use: who waits for it is told why, and then it ends. The next call starts another one
opened.catch((error: unknown) => {
  setImmediate(() => {
    throw error
  })
})

serveCalls<PublishRequest, PublishResult>({
  async take(request) {
    const calls = await opened
    return request.kind === 'publish' ? calls.publish(request.bytes, request.tryMs) : calls.exists()
  },
  async close() {
    await (await opened).close()
  },
})
