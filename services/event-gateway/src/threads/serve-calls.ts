import { parentPort } from 'node:worker_threads'
import type { FromThread, ToThread } from './thread-messages.ts'
import { told } from '../told-error.ts'

export interface CallServer<Request, Result> {
  take(request: Request): Promise<Result>
  /** The memory of a result that the one who called becomes the owner of. */
  readonly moved?: (result: Result) => readonly ArrayBuffer[]
  close(): Promise<void>
}

/** In a thread: answers what the other side of it (thread.ts) calls. */
export function serveCalls<Request, Result>(server: CallServer<Request, Result>): void {
  const port = parentPort!
  port.on('message', (message: ToThread<Request>) => {
    if (message.kind === 'call') void take(message.id, message.request)
    else void server.close().then(() => port.close())
  })

  async function take(id: number, request: Request): Promise<void> {
    try {
      const result = await server.take(request)
      const moved = server.moved?.(result) ?? []
      port.postMessage({ kind: 'result', id, result } satisfies FromThread<Result>, [...moved])
    } catch (error) {
      port.postMessage({ kind: 'failed', id, error: told(error) } satisfies FromThread<Result>)
    }
  }
}
