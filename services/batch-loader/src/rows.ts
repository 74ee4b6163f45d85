import { deadLetterMessages, type Message, type Rejection } from '@tablestream/contract'
import { dateDays, type Column } from '@tablestream/table-schema'
import type { Place } from './formats/index.ts'
import type { JudgedRecord } from './judge/judge-record.ts'
import { stagingNames } from './row/staging-names.ts'
import { EmptyPlacesSeen, type EmptyPlaces } from './row/empty-places.ts'
import { makeRow, type RowTable } from './row/make-row.ts'
import { makesSameRows } from './row/same-rows.ts'
import { RowBytes } from './row/row-bytes.ts'
import { compileRowText, requiresValues, type RowText } from './row/row-text.ts'
import type { RowsOptions, StoredRows, Target } from './rows-options.ts'
import { textOfPlace } from './text-of-place.ts'
import { numbered, type PlacedId, type Written } from './written.ts'

/** A dead letter on its way to the topic: data in base64. */
export interface KeptLetter {
  readonly data: string
  readonly attributes: Readonly<Record<string, string>>
}

/** Bytes of rows that are held before an object is made of them, */
const MOST_HELD = 8 << 20
/** and characters that are text before they are bytes: texts of many lines are large beside what they tell. */
const MOST_TEXT = 64 << 10
/** Portions have so many records at most. */
export const PORTION_RECORDS = 2 ** 32

export interface TypeCounts {
  readonly rows: number
  readonly deadLetters: number
}

interface FileOfShare {
  readonly index: number
  readonly loadId: string
  /** What there was of all types when it began. */
  readonly before: ReadonlyMap<string, TypeCounts>
}

interface TypeRows {
  target: Target
  rowTable: RowTable | undefined
  requiresValues: boolean
  /** Whether each event found a column for all that it holds, */
  isWhole: boolean
  /** but for `[]` and `{}`. */
  readonly empty: EmptyPlacesSeen
  text: string
  bytes: RowBytes
  /** What takes the rows while the others are being stored. */
  spare: RowBytes
  rows: number
  deadLetters: number
  days: Set<number> | undefined
  readonly objects: string[]
  /** Names of columns that rows have values of, but of those of `rowTable`. */
  readonly columns: Set<string>
  /** The same of rows that are no object yet. */
  used: Set<string>
  /** How many rows are in objects. */
  stored: number
}

/** Makes the rows and the dead letters of one share. */
export class RowsOfPortion {
  readonly #options: RowsOptions
  readonly #types = new Map<string, TypeRows>()
  readonly #letters: string[] = []
  readonly #ids: PlacedId[] = []
  #held = 0
  #storing: Promise<void> = Promise.resolve()
  #records: number
  /** The file that records are of, where those of several are in one share. */
  #file: FileOfShare | undefined

  constructor(options: RowsOptions) {
    this.#options = options
    this.#records = options.skipped ?? 0
  }

  /** Of the share, with those that were not given. */
  get records(): number {
    return this.#records
  }

  /**
   * From here on records are of another file. Their places are those of a share of this number, and a dead letter has the id that it had
   * if the file were loaded alone.
   */
  beginFile(index: number, loadId: string): void {
    this.#records = 0
    this.#file = { index, loadId, before: this.#counts() }
  }

  /** What became of the records of the file, by event type. */
  countsOfFile(): Readonly<Record<string, TypeCounts>> {
    const before = this.#file?.before
    return Object.fromEntries(
      [...this.#counts()].flatMap(([type, { rows, deadLetters }]) => {
        const was = before?.get(type) ?? { rows: 0, deadLetters: 0 }
        const own = { rows: rows - was.rows, deadLetters: deadLetters - was.deadLetters }
        return own.rows + own.deadLetters > 0 ? [[type, own]] : []
      }),
    )
  }

  #counts(): ReadonlyMap<string, TypeCounts> {
    return new Map([...this.#types].map(([type, { rows, deadLetters }]) => [type, { rows, deadLetters }]))
  }

  /**
   * Adds the row of an event where the columns of its type take all of it, so that a plan would want no others; else nothing.
   *
   * @returns as `add` does; undefined where nothing was added
   */
  addComplete(judged: JudgedRecord & { readonly outcome: 'event' }, place: Place): boolean | undefined {
    const { event, eventType } = judged.envelope
    const rows = this.#types.get(eventType)
    if (!rows?.rowTable || rows.requiresValues) return undefined
    const text = rows.rowTable.write(event)
    return text.complete ? this.add(judged, place, text) : undefined
  }

  /**
   * @param text of the event, where it is made already
   * @returns whether there is so much that it must be stored before the next one
   */
  add(judged: JudgedRecord, place: Place, text?: RowText): boolean {
    const number = placeOf(this.#file?.index ?? this.#options.portion, this.#records++)
    if (judged.outcome === 'rejected') {
      const { rejection, eventType, message } = judged
      this.#deadLetter({ message, rejection, eventType, table: '' }, place, number)
      return false
    }
    const { envelope, data, match, isDated, message } = judged
    const { eventType } = envelope
    const rows = this.#of(eventType)
    const { table } = rows.target
    const made = rows.rowTable
      ? makeRow(
          envelope,
          rows.rowTable,
          { data, match, place: number, processedAt: this.#options.processedAt },
          text,
        )
      : ({ outcome: 'rejected', rejection: tableNotAllowed(table), isWhole: false } as const)
    if (!made.isWhole) rows.isWhole = false
    if (made.empty) rows.empty.add(made.empty)
    if (made.outcome === 'rejected') {
      this.#deadLetter(
        { message: { ...message, data }, rejection: made.rejection, eventType, table },
        place,
        number,
      )
      return false
    }
    if (this.#options.keepsIds) this.#ids.push([number, message.messageId])
    rows.text += made.line
    if (rows.text.length >= MOST_TEXT) packText(rows)
    rows.rows++
    if (isDated) rows.days?.add(dateDays(envelope.eventDate)!)
    else rows.days = undefined
    this.#held += made.line.length
    return this.#held >= MOST_HELD
  }

  /**
   * From here on rows of a type have these columns.
   *
   * @returns false where the rows before this one would be others by them: nothing has changed then
   */
  grow(eventType: string, columns: readonly Column[]): boolean {
    const rows = this.#types.get(eventType)
    if (!rows) return true
    const { target, empty } = rows
    const told = { isWhole: rows.isWhole && empty.isAll, empty: empty.places }
    if (target.columns && !makesSameRows(target.columns, columns, told)) return false
    keepColumns(rows)
    rows.target = { ...target, columns }
    rows.rowTable = this.#rowTable(eventType, columns)
    rows.requiresValues = requiresValues(columns)
    return true
  }

  /** The types of which an event held what no column takes. */
  get notWhole(): readonly string[] {
    return [...this.#types].flatMap(([type, { isWhole, empty }]) => (isWhole && empty.isAll ? [] : [type]))
  }

  /** Where events of a type held `[]` or `{}` without a column. */
  get empty(): Readonly<Record<string, EmptyPlaces>> {
    return Object.fromEntries([...this.#types].map(([type, { empty }]) => [type, empty.places]))
  }

  get hasLetters(): boolean {
    return this.#letters.length > 0
  }

  /** Begins to make objects of what is held, and waits for those that were begun before: so much is held twice. */
  async store(): Promise<void> {
    await this.#storing
    const held: Held[] = []
    for (const [index, [eventType, rows]] of [...this.#types].entries()) {
      packText(rows)
      if (rows.bytes.length === 0) continue
      const name = this.#name(
        `rows-${numbered(this.#options.portion)}-${index}-${rows.objects.length}.ndjson`,
      )
      rows.objects.push(name)
      keepColumns(rows)
      const { bytes, used, target } = rows
      const stored = {
        eventType,
        object: name,
        rows: rows.rows - rows.stored,
        used,
        columns: target.columns!,
      }
      held.push({ bytes, stored: { ...stored, bytes: bytes.length } })
      rows.used = new Set()
      rows.stored = rows.rows
      ;[rows.bytes, rows.spare] = [rows.spare, rows.bytes]
    }
    this.#held = 0
    this.#storing = this.#put(held)
    // who stores or finishes next hears of it
    this.#storing.catch(() => undefined)
  }

  async #put(held: readonly Held[]): Promise<void> {
    for (const { bytes, stored } of held) {
      await this.#options.workshop.put(stored.object, bytes.bytes)
      bytes.clear()
      this.#options.onStored?.(stored)
    }
  }

  /** Takes away the objects that were made: nobody needs them. */
  async discard(): Promise<void> {
    // what is on its way would come behind that
    await this.#storing
    await this.#options.workshop.remove([...this.#types.values()].flatMap(({ objects }) => objects))
  }

  async finish(): Promise<Written> {
    await this.store()
    await this.#storing
    const { workshop, portion } = this.#options
    const letters = this.#letters.length > 0 ? this.#name(`letters-${numbered(portion)}.ndjson`) : undefined
    if (letters !== undefined) await workshop.put(letters, Buffer.from(this.#letters.join('\n')))
    const ids = this.#options.keepsIds ? this.#name(`ids-${numbered(portion)}.json`) : undefined
    if (ids !== undefined) await workshop.put(ids, Buffer.from(JSON.stringify(this.#ids)))
    const types = [...this.#types].map(([type, each]) => {
      keepColumns(each)
      const { target, rows, deadLetters, days, objects, columns } = each
      const told = { objects, columns: [...columns], ...(days && { days: [...days] }) }
      return [type, { table: target.table, rows, deadLetters, ...told }]
    })
    return {
      types: Object.fromEntries(types) as Written['types'],
      letters,
      ...(ids !== undefined && { ids }),
    }
  }

  #of(eventType: string): TypeRows {
    let rows = this.#types.get(eventType)
    if (!rows) {
      const target = this.#options.targetOf(eventType)
      const { columns } = target
      rows = {
        target,
        rowTable: columns && this.#rowTable(eventType, columns),
        requiresValues: columns !== undefined && requiresValues(columns),
        isWhole: true,
        empty: new EmptyPlacesSeen(),
        text: '',
        bytes: new RowBytes(),
        spare: new RowBytes(),
        rows: 0,
        deadLetters: 0,
        days: new Set(),
        objects: [],
        columns: new Set(),
        used: new Set(),
        stored: 0,
      }
      this.#types.set(eventType, rows)
    }
    return rows
  }

  #rowTable(eventType: string, columns: readonly Column[]): RowTable {
    const policy = this.#options.policies.of(eventType)
    const used: boolean[] = []
    return { columns, write: compileRowText(columns, used), used, policy, names: stagingNames(columns) }
  }

  #name(name: string): string {
    return `${this.#options.prefix ?? ''}${name}`
  }

  #deadLetter(
    letter: { message: Message; rejection: Rejection; eventType: string; table: string },
    place: Place,
    number: number,
  ): void {
    this.#of(letter.eventType).deadLetters++
    const file = this.#file
    const [loadId, own] = file ? [file.loadId, fileOfPlace(number).number] : [this.#options.loadId, number]
    for (const { data, attributes } of letterOf(letter, fromOf(place), loadId, own))
      this.#letters.push(JSON.stringify({ data: data.toString('base64'), attributes } satisfies KeptLetter))
  }
}

/** Rows on their way into an object. */
interface Held {
  readonly bytes: RowBytes
  readonly stored: StoredRows
}

function keepColumns({ rowTable, columns, used }: TypeRows): void {
  if (!rowTable) return
  rowTable.used.forEach((_, place) => {
    const { name } = rowTable.columns[place]!
    columns.add(name)
    used.add(name)
  })
  rowTable.used.length = 0
}

function packText(rows: TypeRows): void {
  if (rows.text === '') return
  rows.bytes.add(rows.text)
  rows.text = ''
}

/** What a dead letter tells of where its record stands. */
export function fromOf(place: Place): { readonly file: string; readonly place: string } {
  return { file: place.uri, place: textOfPlace(place) }
}

/** The messages of a dead letter: the same whenever they are made, so that one which is published twice is known by its id. */
export function letterOf(
  {
    message,
    rejection,
    eventType,
    table,
  }: { message: Message; rejection: Rejection; eventType: string; table: string },
  from: { readonly file: string; readonly place: string },
  loadId: string,
  number: number,
) {
  const messageId = message.messageId === '\0' ? `load-${loadId}-${number}` : message.messageId
  return deadLetterMessages({ message: { ...message, messageId }, rejection, eventType, table, from })
}

/** Where a record stands in its source, as a number that grows. */
export function placeOf(portion: number, record: number): number {
  return portion * PORTION_RECORDS + record
}

/** Which file of a share a place is in, and where there. */
export function fileOfPlace(place: number): { readonly file: number; readonly number: number } {
  return { file: Math.floor(place / PORTION_RECORDS), number: place % PORTION_RECORDS }
}

function tableNotAllowed(table: string): Rejection {
  const message = `there is no table ${table}, and the policy of this event type lets none be created`
  return { reason: 'table_not_allowed', path: '', value: '', message }
}
