import type { Column } from '@tablestream/table-schema'
import type { Account } from '../ledger.ts'
import { aboutSource, LoadError } from '../load-error.ts'
import { isOurs, readSurely, type SourceLoad } from '../source-load.ts'
import type { Columns } from '../plan-tables.ts'
import type { Survey } from '../survey.ts'
import type { Written, WrittenType } from '../written.ts'
import { waitForAll } from '../wait-for-all.ts'
import { ownOf } from '../own-of.ts'
import { inLandingTurn, type TurnOptions } from './landing-turn.ts'
import { landingTurnsOf, saysWhy } from './turns-of.ts'

/** What became of the rows of one type. */
export interface Inserted {
  readonly landed: number
  /** The places of records that did not land because another event has their id. */
  readonly collisions: readonly number[]
  /** The write stream by which they came. */
  readonly stream?: string
}

/** Rows of an event type on their way into its table. */
export interface RowsToLand {
  readonly type: string
  /** The place of the type among those of the source: in names. */
  readonly index: number
  readonly rows: number
  readonly written: readonly WrittenType[]
}

/** A way by which rows come into their table. */
export interface LandingWay {
  /** Whether several tasks of a load may land it together. */
  readonly isShared: boolean
  /** Brings in what is not there, in the turn of the table. Killed and called again, it brings in what is left. */
  readonly insert: (rows: RowsToLand) => Promise<Inserted>
}

const NOTHING: Inserted = { landed: 0, collisions: [] }

/** The types that have a table, in the order by which they have numbers. */
export const typesIn = (columns: ReadonlyMap<string, readonly Column[]>) => [...columns.keys()].toSorted()

/** Of the object that says what became of the rows of a type. */
export const landedName = (index: number) => `landed-${index}.json`
export const isLandedNote = (name: string) => /^landed-\d+\.json$/.test(name)

export function tablesOf(columns: Columns): ReadonlyMap<string, readonly Column[]> {
  return new Map(Object.entries(columns).flatMap(([type, known]) => (known ? [[type, known]] : [])))
}

/** Lands the rows of a type in the turn of its table, unless it is noted that they have. */
export async function landOnce<T extends Inserted>(
  { parts, workshop }: Pick<SourceLoad, 'parts' | 'workshop'>,
  { type, index, ...turn }: Pick<RowsToLand, 'type' | 'index'> & TurnOptions,
  insert: () => Promise<T>,
): Promise<T> {
  const name = landedName(index)
  const before = await workshop.read<T>(name)
  if (before) return before
  const table = parts.tableOf(type)
  const turns = landingTurnsOf(parts, table)
  const onWait = saysWhy(parts, `another load brings rows into ${table}`)
  try {
    return await inLandingTurn(turns, { onWait, ...turn }, async () => workshop.make(name, await insert()))
  } catch (error) {
    // another task was first, and has dropped the load's own tables
    const known = await workshop.read<T>(name)
    if (known) return known
    throw error
  }
}

/** Lands the rows of a source, by one of the ways, and says what became of them. */
export class Landing {
  readonly #source: SourceLoad
  readonly #types: readonly string[]
  readonly #way: LandingWay
  /** The places of records that are dead letters because another event has their id, by event type. */
  readonly collisions = new Map<string, readonly number[]>()

  constructor(source: SourceLoad, columns: ReadonlyMap<string, readonly Column[]>, way: LandingWay) {
    this.#source = source
    this.#types = typesIn(columns)
    this.#way = way
  }

  /** Brings all rows into their tables, and says what became of them. */
  async land(written: readonly Written[], survey: Survey): Promise<readonly Account[]> {
    const found = written.flatMap(({ types }) => Object.keys(types))
    const accounts: Account[] = []
    for (const eventType of [...new Set([...Object.keys(survey.types), ...found])].toSorted()) {
      const all = written.flatMap(({ types }) => ownOf(types, eventType) ?? [])
      const sum = (count: (each: WrittenType) => number) =>
        all.reduce((total, each) => total + count(each), 0)
      const rows = sum((each) => each.rows)
      const refused = sum((each) => each.deadLetters)
      const { landed, collisions, stream } =
        rows === 0
          ? NOTHING
          : await this.#landOnce(eventType, rows, all).catch((error: unknown) => {
              throw error instanceof LoadError
                ? aboutSource(error, this.#source.load.source, untilThen(accounts, eventType))
                : error
            })
      this.collisions.set(eventType, collisions)
      accounts.push({
        eventType,
        table: all[0]?.table ?? '',
        records: rows + refused,
        landed,
        duplicates: rows - landed - collisions.length,
        deadLetters: refused + collisions.length,
        ...(stream !== undefined && { stream }),
      })
    }
    return accounts
  }

  async #landOnce(type: string, rows: number, written: readonly WrittenType[]): Promise<Inserted> {
    const { parts, load, workshop } = this.#source
    const index = this.#types.indexOf(type)
    if (!this.#way.isShared && !isOurs(this.#source, 0)) {
      const name = landedName(index)
      await waitForAll(workshop, [name], parts.waitMs)
      return readSurely<Inserted>(workshop, name)
    }
    return landOnce(this.#source, { type, index, owner: load.loadId }, () =>
      this.#way.insert({ type, index, rows, written }),
    )
  }
}

/** What of a source has landed when the rows of one of its types could not. */
function untilThen(accounts: readonly Account[], eventType: string): string {
  const landed = accounts.flatMap((account) =>
    account.landed > 0 ? [`${account.landed.toLocaleString('en')} of type ${account.eventType}`] : [],
  )
  const before =
    landed.length === 0 ? 'Until then nothing of it had landed' : `Landed have ${landed.join(', ')}`
  return `${before}; of type ${eventType} the next start finds out`
}
