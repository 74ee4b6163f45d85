import { randomUUID } from 'node:crypto'
import type { Column } from '@tablestream/table-schema'
import type { Place, Portion } from './formats/index.ts'
import type { JudgedRecord } from './judge/judge-record.ts'
import { ownOf } from './own-of.ts'
import type { LoadsAhead, ShareAhead } from './land/loads-ahead.ts'
import type { Columns } from './plan-tables.ts'
import type { EmptyPlaces } from './row/empty-places.ts'
import { makesSameRows } from './row/same-rows.ts'
import type { RowsOfPortion } from './rows.ts'
import { rowsOfSource } from './rows-of-source.ts'
import { numbered, type Written } from './written.ts'
import type { SourceLoad } from './source-load.ts'

/** What was made of a share while it was surveyed. Plain JSON. */
export interface Ahead {
  /** Records before this one are to be read again. */
  readonly from: number
  /** Of those from there on. */
  readonly written: Written
  /** The columns of types of which there are rows, as they were at the end of the share. */
  readonly columns: Columns
  /** The types of which a row might be another one if there were more columns. */
  readonly notWhole: readonly string[]
  /** Where events of a type held `[]` or `{}` without a column; absent: nowhere. */
  readonly empty?: Readonly<Record<string, EmptyPlaces>>
  /** Of their events. */
  readonly bytes: number
}

const NOWHERE: EmptyPlaces = { inside: [], members: [] }

/** Of the object that says what was made of a share while it was surveyed. Where there is none, nothing was. */
export const aheadName = ({ index }: Pick<Portion, 'index'>) => `ahead-${numbered(index)}.json`

/**
 * Makes the rows of a share while it is surveyed, by the columns that are found until then. Where the tables have these in the end, and
 * maybe more, the share is not read again. Where a column becomes another one, what was made until there is of no use, and it goes on
 * with the next record: the types of most columns are found in the first hundreds.
 *
 * Its objects have names that no other process gives: one that was taken for dead may still survey the same share, by other columns.
 */
export class RowsAhead {
  readonly #source: SourceLoad
  readonly #portion: Portion
  readonly #columns = new Map<string, readonly Column[]>()
  /** Of columns that became others. */
  readonly #useless: RowsOfPortion[] = []
  readonly #loads: LoadsAhead | undefined
  #share: ShareAhead | undefined
  #rows: RowsOfPortion
  #isFull = false
  #from = 0
  #bytes = 0

  /** @param loads brings its objects into tables of the load's own meanwhile */
  constructor(source: SourceLoad, portion: Portion, loads?: LoadsAhead) {
    this.#source = source
    this.#portion = portion
    this.#loads = loads
    this.#rows = this.#open()
  }

  #open(): RowsOfPortion {
    const { tableOf } = this.#source.parts
    const share = (this.#share = this.#loads?.share(this.#portion))
    return rowsOfSource(this.#source, this.#portion, {
      targetOf: (eventType) => ({
        table: eventType === '' ? '' : tableOf(eventType),
        columns: this.#columns.get(eventType),
      }),
      prefix: `ahead-${randomUUID().slice(0, 8)}-`,
      skipped: this.#from,
      onStored: (rows) => share?.add(rows),
    })
  }

  /**
   * @param columns that the survey has found for an event
   * @returns whether `settle` must be called before the next one
   */
  add(judged: JudgedRecord, place: Place, columns: readonly Column[] | undefined): boolean {
    let isOther = false
    if (judged.outcome === 'event' && columns) {
      const { eventType } = judged.envelope
      if (this.#columns.get(eventType) !== columns) {
        isOther = !this.#rows.grow(eventType, columns)
        if (isOther) this.#beginAnew()
        this.#columns.set(eventType, columns)
      }
      this.#bytes += judged.data.length
    }
    this.#isFull = this.#rows.add(judged, place)
    return this.#isFull || isOther
  }

  /** The row of an event that needs no survey, as the columns that were found take all of it. @returns as `RowsOfPortion` has it */
  addComplete(judged: JudgedRecord & { readonly outcome: 'event' }, place: Place): boolean | undefined {
    const added = this.#rows.addComplete(judged, place)
    if (added === undefined) return undefined
    this.#bytes += judged.data.length
    this.#isFull = added
    return added
  }

  #beginAnew(): void {
    this.#useless.push(this.#rows)
    this.#share?.leave()
    this.#from = this.#rows.records
    this.#bytes = 0
    this.#rows = this.#open()
  }

  async settle(): Promise<void> {
    for (const rows of this.#useless.splice(0)) await rows.discard()
    if (this.#isFull) await this.#rows.store()
  }

  /** @returns undefined where all must be read again */
  async finish(): Promise<Ahead | undefined> {
    // a dead letter tells its line
    if (this.#rows.hasLetters && this.#portion.firstLine === undefined) {
      this.#share?.leave()
      await this.#rows.discard()
      return undefined
    }
    const written = await this.#rows.finish()
    this.#share?.end()
    return {
      from: this.#from,
      written,
      columns: Object.fromEntries(this.#columns),
      notWhole: this.#rows.notWhole,
      empty: this.#rows.empty,
      bytes: this.#bytes,
    }
  }
}

/** Whether what was made ahead is what would be made for the columns that the tables have now. */
export function isValid(
  { columns, notWhole, empty }: Pick<Ahead, 'columns' | 'notWhole' | 'empty'>,
  now: Columns,
): boolean {
  return Object.entries(columns).every(([type, before]) => {
    const after = ownOf(now, type)
    if (!before || !after) return false
    const told = { isWhole: !notWhole.includes(type), empty: (empty && ownOf(empty, type)) ?? NOWHERE }
    return makesSameRows(before, after, told)
  })
}
