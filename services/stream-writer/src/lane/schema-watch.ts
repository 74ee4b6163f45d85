import { setTimeout as sleep } from 'node:timers/promises'
import { jitter, type Logger } from '@tablestream/service-kit'
import type { WritePath } from '../append/storage-write-client.ts'
import type { WriteSchema } from '../row/write-schema.ts'

export interface SchemaWatchOptions {
  readonly table: string
  readonly upsert: boolean
  readonly writePath: WritePath
  readonly logger: Logger
  /** Whose event waits for the table. */
  readonly source: () => string
  /** The write path shows the table. */
  readonly shown: () => void
  /**
   * The write path does not show it. It is looked at again when this has resolved.
   *
   * @param since when this look began, in milliseconds of the clock
   */
  readonly notShown: (since: number) => Promise<void>
  /** Whether nobody was asked yet for the table: then it is looked at seldom, since only another writer may have asked. */
  readonly isInLine: () => boolean
  readonly now: () => number
}

const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 2000
/** Between looks at a table that was not asked for yet: thousands of them would keep the write path busy with what cannot be there. */
const IN_LINE_MS = 10_000
/** How long a look at the table holds for those who ask after it. */
const TRUSTED_MS = 1000

/** Asks the write path what the table looks like. */
export class SchemaWatch {
  readonly #options: SchemaWatchOptions
  #watching = false
  #look: Promise<WriteSchema | undefined> | undefined
  #isTold = false
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(options: SchemaWatchOptions) {
    this.#options = options
  }

  /** Whether the last look was answered by columns, or by that there is no table: not where it failed, or the table may be hidden. */
  get isTold(): boolean {
    return this.#isTold
  }

  /** undefined where the write path shows no table, and where it cannot be asked now. */
  async read(): Promise<WriteSchema | undefined> {
    const { writePath, table, upsert, logger, shown, notShown, source, now } = this.#options
    const since = now()
    this.#lookedAt = since
    try {
      const answer = await writePath.readSchema(table, upsert, source())
      this.#isTold = answer !== 'hidden'
      const schema = answer === 'hidden' ? undefined : answer
      if (schema) shown()
      else await notShown(since)
      return schema
    } catch (error) {
      this.#isTold = false
      logger.warn({ err: error, table }, 'the columns of a table could not be read; asking again')
      return undefined
    }
  }

  /** What the table looked like within the last second. */
  readLately(): Promise<WriteSchema | undefined> {
    if (!this.#look) {
      this.#look = this.read()
      void this.#look.then(() => setTimeout(() => (this.#look = undefined), TRUSTED_MS).unref())
    }
    return this.#look
  }

  /**
   * Asks again and again, until nobody wants to know.
   *
   * @param told takes what was read; true where that was news. Where it is too early to look it hears that nothing was read
   */
  async start(
    wait: number,
    isWanted: () => boolean,
    told: (schema: WriteSchema | undefined) => boolean,
  ): Promise<void> {
    const { isInLine, now } = this.#options
    if (this.#watching) return
    this.#watching = true
    if (wait > 0) await sleep(wait)
    for (let pause = FIRST_WAIT_MS; isWanted(); pause = Math.min(pause * 1.5, LONGEST_WAIT_MS)) {
      const isEarly = isInLine() && now() - this.#lookedAt < IN_LINE_MS
      if (told(isEarly ? undefined : await this.read())) pause = FIRST_WAIT_MS
      if (!isWanted()) break
      await sleep(jitter(pause))
    }
    this.#watching = false
  }
}
