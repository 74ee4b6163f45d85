import { extname, join } from 'node:path'
import { isMarkedAsUntransferable, Worker } from 'node:worker_threads'
import createError from '@fastify/error'
import type { Logger } from '@tablestream/service-kit'
import type { BulkOutcome, BulkRequest } from './bulk.ts'
import type { FromThread, ThreadOptions, ToThread } from './bulk-messages.ts'
import { heard } from './told-error.ts'

const Ended = createError(
  'THREAD_ENDED',
  'the request could not be taken; send it again with the same ids',
  503,
)

/** A body of 10 MB may become objects of 200 MB; beyond this the thread ends, and not the process. */
const HEAP_MB = 512
/** Small: each look at it stops the thread, and whoever has the core meanwhile keeps others from it. */
const YOUNG_MB = 8
const CLOSE_MS = 5000

/** The thread runs the file beside this one, from the sources as from a bundle. */
const FILE = join(import.meta.dirname, `bulk-thread${extname(import.meta.filename)}`)

interface Call {
  readonly resolve: (outcome: BulkOutcome) => void
  readonly reject: (error: Error) => void
}

/** A thread for large requests: started at once, since that takes half a second, and again by the next request after it has ended. */
export class Thread {
  readonly #options: ThreadOptions
  readonly #logger: Logger
  readonly #calls = new Map<number, Call>()
  #worker: Worker | undefined
  #lastId = 0

  constructor(options: ThreadOptions, logger: Logger) {
    this.#options = options
    this.#logger = logger
    this.#worker = this.#start()
  }

  /** @param isMoved whether the thread becomes the owner of the body, so that nothing is copied: the caller has it no longer */
  async take(request: BulkRequest, isMoved: boolean): Promise<BulkOutcome> {
    const id = ++this.#lastId
    const worker = (this.#worker ??= this.#start())
    // what node:http hands over are buffers of their own; those of Buffer's pool are copied
    const moved = isMoved
      ? request.pieces.map(({ buffer }) => buffer).filter((buffer) => !isMarkedAsUntransferable(buffer))
      : []
    worker.postMessage({ kind: 'take', id, request } satisfies ToThread, moved as ArrayBuffer[])
    return new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }))
  }

  async close(): Promise<void> {
    const worker = this.#worker
    if (!worker) return
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    worker.postMessage({ kind: 'close' } satisfies ToThread, [])
    const timer = setTimeout(() => void worker.terminate(), CLOSE_MS)
    await ended
    clearTimeout(timer)
  }

  #start(): Worker {
    const worker = new Worker(FILE, {
      workerData: this.#options,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    })
    worker.on('message', (message: FromThread) => {
      const call = this.#calls.get(message.id)
      this.#calls.delete(message.id)
      if (message.kind === 'outcome') call?.resolve(message.outcome)
      else call?.reject(heard(message.error))
    })
    worker.on('error', (error) => this.#logger.error({ err: error }, 'the thread for large requests failed'))
    worker.once('exit', () => {
      for (const { reject } of this.#calls.values()) reject(new Ended())
      this.#calls.clear()
      if (this.#worker === worker) this.#worker = undefined
    })
    return worker
  }
}
