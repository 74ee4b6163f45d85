import { createHash } from 'node:crypto'
import type { ColumnType } from '@tablestream/table-schema'
import type { TableState } from '../tables.ts'

/** Long enough to spare BigQuery and the events beside, short enough for a rule or a grant that changes. */
const REMEMBERED_MS = 5 * 60_000
/** What was refused may have been asked by what was read of a table that was another one by then: so soon a read tells of that. */
const DOUBTED_MS = 1000
const MOST = 1000
const LONGEST = 200

interface Refused {
  readonly reason: string
  readonly at: number
  /** What the table was taken to be like. */
  readonly columns: string
  /** Whether BigQuery refuses it for good, as far as its words go. */
  readonly isFinal: boolean
  /** An open one may be asked for again. */
  standing: 'doubted' | 'open' | 'certain'
}

/**
 * The changes of one table that BigQuery refused lately when they were asked for alone: they are not asked for again with every event.
 * One is doubted until the table is known to have been as it was taken to be. If it was not, it is asked for anew; to be refused twice
 * is enough.
 */
export class Refusals {
  readonly #now: () => number
  readonly #refused = new Map<string, Refused>()
  /** Worked out once for each. */
  readonly #columns = new WeakMap<TableState, string>()

  constructor(now: () => number) {
    this.#now = now
  }

  get isEmpty(): boolean {
    return this.#refused.size === 0
  }

  /** Whether the table has to be read anew, for one that is doubted. */
  get isReadDue(): boolean {
    return this.#refused.values().some((refused) => this.#isDoubtDue(refused))
  }

  /** @param state by which it was asked for */
  remember(
    change: string,
    { reason, isFinal }: Pick<Refused, 'reason' | 'isFinal'>,
    state?: TableState,
  ): void {
    const key = shortened(change)
    const before = this.#refused.get(key)
    const isCertain = isFinal && before?.isFinal === true && before.at + DOUBTED_MS <= this.#now()
    if (this.#refused.size >= MOST && !before) this.#refused.delete(this.#refused.keys().next().value!)
    this.#refused.set(key, {
      reason,
      isFinal,
      at: this.#now(),
      columns: this.#columnsOf(state),
      standing: isCertain ? 'certain' : 'doubted',
    })
  }

  /** The table is like this now. */
  saw(state: TableState | undefined): void {
    for (const [change, refused] of this.#refused) {
      if (this.#isOver(refused)) this.#refused.delete(change)
      else if (this.#isDoubtDue(refused)) {
        const isProven = refused.isFinal && refused.columns === this.#columnsOf(state)
        refused.standing = isProven ? 'certain' : 'open'
      }
    }
  }

  /** A change was made under the etag of this state: so the table was like this when others were asked for by it. */
  wasCurrent(state: TableState): void {
    for (const refused of this.#refused.values())
      if (refused.standing === 'doubted' && refused.isFinal && refused.columns === this.#columnsOf(state))
        refused.standing = 'certain'
  }

  /** BigQuery's words, where this change was refused for certain. */
  reasonOf(change: string): string | undefined {
    const refused = this.#find(change)
    return refused?.standing === 'certain' ? refused.reason : undefined
  }

  /** BigQuery's words, where that is doubted. */
  doubtOf(change: string): string | undefined {
    const refused = this.#find(change)
    return refused?.standing === 'doubted' ? refused.reason : undefined
  }

  /** Whether it may be asked for. */
  isOpen(change: string): boolean {
    return (this.#find(change)?.standing ?? 'open') === 'open'
  }

  /** A name of fixed length for the columns of a table: there may be thousands of them. */
  #columnsOf(state: TableState | undefined): string {
    if (!state) return ''
    const known = this.#columns.get(state)
    if (known !== undefined) return known
    const name = createHash('sha256').update(JSON.stringify(state.fields)).digest('base64')
    this.#columns.set(state, name)
    return name
  }

  #find(change: string): Refused | undefined {
    if (this.#refused.size === 0) return undefined
    const refused = this.#refused.get(shortened(change))
    return refused && !this.#isOver(refused) ? refused : undefined
  }

  #isOver({ at }: Refused): boolean {
    return at + REMEMBERED_MS <= this.#now()
  }

  #isDoubtDue({ at, standing }: Refused): boolean {
    return standing === 'doubted' && at + DOUBTED_MS <= this.#now()
  }
}

/** A name of fixed length for a long one: a change may add thousands of columns, and a thousand changes of a table are remembered. */
export function shortened(change: string): string {
  return change.length <= LONGEST ? change : createHash('sha256').update(change).digest('base64')
}

const WIDENING = 'widen '

/** The name of a widening. */
export function wideningKey(path: string, to: ColumnType): string {
  return `${WIDENING}${path} ${to}`
}

export function isWidening(key: string): boolean {
  return key.startsWith(WIDENING)
}
