import type { Logger } from '@tablestream/service-kit'
import type { TablesGet, Whose } from './tables-get.ts'

/** Whether a table is there; `unknown` where nobody tells. */
export type IsThere = 'yes' | 'no' | 'unknown'

export interface PresenceOptions {
  readonly table: string
  readonly tablesGet: TablesGet
  /** Who wants to know now. */
  readonly whose: () => Whose
  readonly logger: Logger
  readonly now: () => number
}

interface Look {
  readonly answer: Promise<IsThere>
  /** When it was answered. */
  at?: number
}

/** How long an answer holds. */
const HOLDS_MS = 2000
/** A table that somebody made a moment ago may not be there yet for tables.get: nobody is sure before so many answers, */
const SURE_TIMES = 3
/** over so long. */
const SURE_MS = 10_000
/** with no longer pause between one and the next look, however long that takes: of what was between nobody knows. */
const PAUSE_MS = 5000
/** After a longer one, as between two deliveries of an event that was given back, it is looked twice more; after this all begins anew. */
const FORGOTTEN_MS = 60_000
/** A word in the log for many answers. */
const TELL_MS = 60_000

/**
 * Whether a table is there that the write path does not show. The write path says of a table that never was what it says of one
 * that we may not see, and it says NOT_FOUND of tables that are there (one made anew under its name: hafenkran/duckdb-bigquery#133);
 * who asks tables.get with the right to see the tables of its dataset gets a 404 for the first and none for the others.
 */
export class Presence {
  readonly #options: PresenceOptions
  #last: Look | undefined
  #askedAt = Number.NEGATIVE_INFINITY
  #absences = 0
  #absentSince = 0
  #absentAt = 0
  #hiddenSince: number | undefined
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(options: PresenceOptions) {
    this.#options = options
  }

  /** Whether the table has not been there for so long that nobody can have made it a moment ago. */
  get isSurelyAbsent(): boolean {
    return this.#absences >= SURE_TIMES && this.#options.now() - this.#absentSince >= SURE_MS
  }

  /** The write path shows the table. */
  shown(): void {
    this.#absences = 0
    this.#last = undefined
    this.#hiddenSince = undefined
  }

  /** The write path does not show it. Where that lasts, the log says why. */
  notShown(): void {
    const now = this.#options.now()
    this.#hiddenSince ??= now
    const isLong = now - this.#hiddenSince >= SURE_MS
    if (isLong && now - Math.max(this.#askedAt, this.#hiddenSince) >= SURE_MS) void this.ask()
  }

  /**
   * What tables.get says, or said a moment ago. Never rejects.
   *
   * @param since when this look began: what the write path took to answer is no pause
   */
  ask(since = this.#options.now()): Promise<IsThere> {
    const now = this.#options.now()
    if (this.#last && now - (this.#last.at ?? now) < HOLDS_MS) return this.#last.answer
    const pause = since - this.#absentAt
    if (pause >= FORGOTTEN_MS) this.#absences = 0
    else if (pause > PAUSE_MS) this.#absences = Math.min(this.#absences, SURE_TIMES - 2)
    this.#askedAt = now
    const last: Look = { answer: this.#ask().finally(() => (last.at = this.#options.now())) }
    this.#last = last
    return last.answer
  }

  async #ask(): Promise<IsThere> {
    const { table, tablesGet, whose, now } = this.#options
    try {
      if (await tablesGet.has(table, whose())) {
        this.#absences = 0
        this.#tell(
          { table },
          'the table is there, and the write path does not show it: a grant is missing, or it takes a while',
        )
        return 'yes'
      }
    } catch (error) {
      this.#absences = 0
      this.#tell({ err: error, table }, 'BigQuery does not tell whether a table is there')
      return 'unknown'
    }
    this.#absentAt = now()
    if (this.#absences++ === 0) this.#absentSince = this.#absentAt
    return 'no'
  }

  #tell(about: object, words: string): void {
    const { logger, now } = this.#options
    if (now() - this.#toldAt < TELL_MS) return
    this.#toldAt = now()
    logger.warn(about, words)
  }
}
