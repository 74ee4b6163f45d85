// A thread that answers some calls only once it has been told to close, and tells how much heap it may have, in megabytes.
import { getHeapStatistics } from 'node:v8'
import { parentPort } from 'node:worker_threads'
import { serveCalls } from '../../src/threads/serve-calls.ts'

const told = Promise.withResolvers<void>()

serveCalls<'early' | 'late' | 'heap', string>({
  async take(request) {
    if (request === 'heap') return String(getHeapStatistics().heap_size_limit / 2 ** 20)
    if (request === 'late') await told.promise
    return `${request}, too`
  },
  close: () => Promise.resolve(),
})
parentPort!.on('message', ({ kind }: { readonly kind: string }) => {
  if (kind === 'close') setImmediate(told.resolve)
})
