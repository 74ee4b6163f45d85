import type { Logger } from '@tablestream/service-kit'
import type { TablesGet } from './tables-get.ts'

/** Whether a table is there; `unknown` where nobody tells. */
export type IsThere = 'yes' | 'no' | 'unknown'

export interface PresenceOptions {
  readonly table: string
  readonly tablesGet: TablesGet
  readonly logger: Logger
  readonly now: () => number
}

/** How long an answer holds. */
const HOLDS_MS = 2000
/** Longer than its calls take: what hangs before there is a connection must end, too. */
const LONGEST_MS = 8000
/** A table that somebody made a moment ago may not be there yet for tables.get: nobody is sure before so many answers, */
const SURE_TIMES = 3
/** over so long. */
const SURE_MS = 10_000
/** with no longer pause between them: of what was between nobody knows. */
const PAUSE_MS = 5000
/** A word in the log for many answers. */
const TELL_MS = 60_000

/**
 * Whether a table is there that the write path does not show. The write path says of a table that never was what it says of one
 * that we may not see, and it says NOT_FOUND of tables that are there (one made anew under its name: hafenkran/duckdb-bigquery#133);
 * who asks tables.get with the right to see the tables of its dataset gets a 404 for the first and none for the others.
 */
export class Presence {
  readonly #options: PresenceOptions
  #last: { readonly at: number; readonly answer: Promise<IsThere> } | undefined
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
    if (isLong && now - (this.#last?.at ?? this.#hiddenSince) >= SURE_MS) void this.ask()
  }

  /** What tables.get says, or said a moment ago. Never rejects. */
  ask(): Promise<IsThere> {
    const at = this.#options.now()
    if (!this.#last || at - this.#last.at >= HOLDS_MS) this.#last = { at, answer: this.#ask() }
    return this.#last.answer
  }

  async #ask(): Promise<IsThere> {
    const { table, tablesGet, now } = this.#options
    if (now() - this.#absentAt > PAUSE_MS) this.#absences = 0
    try {
      if (await withinMs(tablesGet.has(table), LONGEST_MS)) {
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

async function withinMs<T>(answer: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
