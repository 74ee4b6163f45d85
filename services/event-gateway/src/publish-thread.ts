// The thread that asks Pub/Sub: what its client leaves behind is garbage of this thread, and nobody else stops for it.
import { workerData } from 'node:worker_threads'
import { openPublishCalls } from '@tablestream/service-kit'
import type { PublishRequest, PublishResult, PublishThreadOptions } from './calls-in-thread.ts'
import { serveCalls } from './serve-calls.ts'

const { projectId, topic } = workerData as PublishThreadOptions
const opened = openPublishCalls(projectId, topic)

serveCalls<PublishRequest, PublishResult>({
  async take(request) {
    const calls = await opened
    return request.kind === 'publish' ? calls.publish(request.bytes, request.tryMs) : calls.exists()
  },
  async close() {
    await (await opened).close()
  },
})
