// A thread that answers some calls only once it has been told to close.
import { parentPort } from 'node:worker_threads'
import { serveCalls } from '../../src/threads/serve-calls.ts'

const told = Promise.withResolvers<void>()

serveCalls<'early' | 'late', string>({
  async take(request) {
    if (request === 'late') await told.promise
    return `${request}, too`
  },
  close: () => Promise.resolve(),
})
parentPort!.on('message', ({ kind }: { readonly kind: string }) => {
  if (kind === 'close') setImmediate(told.resolve)
})
