import type { Catalog } from '../catalog/catalog.ts'
import type { KnownBytes } from './known-bytes.ts'
import type { RowMarks } from '../store/row-marks.ts'
import { incarnationOf } from '../table/table.ts'

export interface BytesKeeperOptions {
  readonly catalog: Pick<Catalog, 'tables'>
  readonly marks: Pick<RowMarks, 'takeTouched' | 'streamedAt'>
  readonly knownBytes: Pick<KnownBytes, 'keepUp'>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const EVERY_MS = 1000
/** A table to which rows come is left alone as long as they do, but not longer than that. */
const QUIET_MS = 2000
const LONGEST_MS = 30_000

/** Keeps the sums of large tables up to date while nobody waits for them: the first query of a table is as quick as the others. */
export class BytesKeeper {
  readonly #options: BytesKeeperOptions
  /** When each began to wait, by incarnations. */
  readonly #waiting = new Map<string, number>()
  readonly #timer: NodeJS.Timeout
  #work: Promise<void> | undefined
  #isClosed = false

  constructor(options: BytesKeeperOptions) {
    this.#options = options
    for (const table of options.catalog.tables.all()) this.#waiting.set(incarnationOf(table), 0)
    this.#timer = setInterval(() => {
      this.#work ??= this.#look().finally(() => (this.#work = undefined))
    }, EVERY_MS).unref()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await this.#work
  }

  async #look(): Promise<void> {
    const { catalog, marks, knownBytes, now } = this.#options
    const at = now()
    for (const each of marks.takeTouched()) if (!this.#waiting.has(each)) this.#waiting.set(each, at)
    if (this.#waiting.size === 0) return
    const tables = new Map(catalog.tables.all().map((table) => [incarnationOf(table), table]))
    for (const [incarnation, since] of this.#waiting) {
      const table = tables.get(incarnation)
      const isBusy = at - (marks.streamedAt(incarnation) ?? 0) < QUIET_MS
      if (table && isBusy && at - since < LONGEST_MS) continue
      this.#waiting.delete(incarnation)
      if (!table || table.spec.view) continue
      try {
        while (!this.#isClosed && (await knownBytes.keepUp(table)));
      } catch {
        // a table that is dropped meanwhile, or a full disk: whoever asks for its bytes sums them, and hears of it
      }
    }
  }
}
