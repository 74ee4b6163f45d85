import { extname, join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { Logger } from '@tablestream/service-kit'
import { AnswerSocket } from './answer-socket.ts'
import { InFlight } from './in-flight.ts'
import type { FromThread, ToThread } from './thread-messages.ts'
import { heard } from '../told-error.ts'

const CLOSE_MS = 5000
/** Megabytes for what is new in each of these threads. The one that answers everybody has twice as much, by the process's own flag. */
const NEW_MB = 8

export interface ThreadKind {
  /** The file beside this one that it runs, without its ending: from the sources as from a bundle. */
  readonly file: string
  readonly workerData: unknown
  /** Megabytes of its heap: beyond this the thread ends, and not the process. */
  readonly heapMb: number
  /** Why calls fail that are under way when it ends. @param cause what ended it, where that is known */
  readonly ended: (cause: Error | undefined) => Error
}

interface Call<Result> {
  readonly resolve: (result: Result) => void
  readonly reject: (error: Error) => void
}

/** One life of a thread, with the calls that it has to answer. */
interface Life<Result> {
  readonly worker: Worker
  readonly calls: InFlight<Call<Result>>
  /** Resolves once the thread has ended, and all calls have an end. */
  readonly over: Promise<void>
}

/** A thread that answers calls: started at once, since that takes half a second, and again by the next call after it has ended. */
export class Thread<Request, Result> {
  readonly #kind: ThreadKind
  readonly #logger: Logger
  #life: Life<Result> | undefined

  constructor(kind: ThreadKind, logger: Logger) {
    this.#kind = kind
    this.#logger = logger
    this.#life = this.#start()
  }

  /** @param moved memory that the thread becomes the owner of, so that nothing is copied: the caller has it no longer */
  call(request: Request, moved: readonly ArrayBuffer[] = []): Promise<Result> {
    const { worker, calls } = (this.#life ??= this.#start())
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    const id = calls.add({ resolve, reject })
    try {
      worker.postMessage({ kind: 'call', id, request } satisfies ToThread<Request>, [...moved])
    } catch (error) {
      calls.take(id)
      throw error
    }
    return promise
  }

  /** Ends it at once: calls under way fail, and the next one starts it anew. */
  end(): void {
    void this.#life?.worker.terminate()
  }

  /** Calls that are under way are answered first, for some seconds. */
  async close(): Promise<void> {
    if (!this.#life) return
    const { worker, over } = this.#life
    worker.postMessage({ kind: 'close' } satisfies ToThread<Request>, [])
    const timer = setTimeout(() => void worker.terminate(), CLOSE_MS)
    await over
    clearTimeout(timer)
  }

  #start(): Life<Result> {
    const { file, workerData, heapMb, ended } = this.#kind
    // it goes before a limit of the thread's own, and holds for engines that are made: that of this thread stays as it is
    setFlagsFromString(`--max-semi-space-size=${NEW_MB}`)
    const worker = new Worker(join(import.meta.dirname, `${file}${extname(import.meta.filename)}`), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    })
    const calls = new InFlight<Call<Result>>()
    const { promise: over, resolve: isOver } = Promise.withResolvers<void>()
    const life = { worker, calls, over }
    let cause: Error | undefined
    const failed = (error: Error): void => {
      cause ??= error
      this.#logger.error({ err: error }, `the thread ${file} failed`)
    }
    const answers = new AnswerSocket({
      answered(answer) {
        const message = answer as FromThread<Result>
        const call = calls.take(message.id)
        if (message.kind === 'result') call?.resolve(message.result)
        else call?.reject(heard(message.error))
      },
      failed(error) {
        failed(error)
        void worker.terminate()
      },
    })
    worker.postMessage({ kind: 'begin', answersTo: answers.to } satisfies ToThread<Request>, [])
    worker.on('error', failed)
    worker.once('exit', (exitCode) => {
      if (this.#life === life) this.#life = undefined
      void answers.ended().then(() => {
        if (calls.size > 0)
          this.#logger.warn({ exitCode, calls: calls.size }, `the thread ${file} ended under calls`)
        for (const { reject } of calls.takeAll()) reject(ended(cause))
        isOver()
      })
    })
    return life
  }
}
