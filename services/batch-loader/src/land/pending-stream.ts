import { setTimeout as sleep } from 'node:timers/promises'
import { parseJson, type Column, type JsonObject } from '@tablestream/table-schema'
import { StreamUseless, type StreamRows } from '../google/pending-streams.ts'
import { LoadError } from '../load-error.ts'
import { protoRows, type ProtoRows } from '../row/proto-rows.ts'
import type { WrittenType } from '../written.ts'
import type { SourceLoad } from '../source-load.ts'
import { collisionsQuery, daysOf, freshQuery, type ThereParts } from './insert-statement.ts'
import type { Inserted, LandingWay, RowsToLand } from './landing.ts'
import { KEYS, keysTable, keysText, type RowKey } from './row-keys.ts'
import { stagingNames } from '../row/staging-names.ts'

/** A row that was made, as a line has it. */
interface MadeRow extends RowKey {
  readonly row: JsonObject
}

/** A row that is not in the table, and the id that it is to have there. */
interface FreshRow {
  readonly place: number
  readonly id: string
}

/** What stands in the note of a stream, which is there before its first row is. */
interface StreamNote {
  readonly stream: string
  readonly rows: readonly FreshRow[]
}

export interface InsertedRows extends Inserted {
  /** Of the rows that landed. */
  readonly places: readonly number[]
}

/** An append takes 10 MB (docs: quotas, Storage Write API); a row of ours has the size of its record, and some more. */
const REQUEST_BYTES = 2 << 20
const MOST_STREAMS = 5
const FIRST_LOOK_MS = 50
const LONGEST_LOOK_MS = 2000

/**
 * The way of small sources: one query tells which of their rows are not in the table, and a write stream of the type PENDING brings these,
 * all at once when it is committed. Before its first row a note in the workshop names the stream and its rows: who comes later looks
 * whether it was committed, goes on with it where it was not, and begins another one where the table has got some of its rows meanwhile.
 */
export class PendingStream implements LandingWay {
  // a stream takes one connection at a time
  readonly isShared = false
  readonly #source: Pick<SourceLoad, 'parts' | 'workshop'>
  readonly #columns: ReadonlyMap<string, readonly Column[]>
  readonly #isByFile: boolean

  /** @param options `isByFile`: the shares of the source are files of their own, and land as if one came behind the other */
  constructor(
    source: Pick<SourceLoad, 'parts' | 'workshop'>,
    columns: ReadonlyMap<string, readonly Column[]>,
    { isByFile = false }: { readonly isByFile?: boolean } = {},
  ) {
    this.#source = source
    this.#columns = columns
    this.#isByFile = isByFile
  }

  async insert({ type, index, rows, written }: RowsToLand): Promise<InsertedRows> {
    const { parts } = this.#source
    const columns = this.#columns.get(type)!
    const made = await this.#made(columns, written)
    const there: ThereParts = {
      table: parts.warehouse.name(parts.tableOf(type)),
      staging: keysTable(columns),
      days: daysOf(written),
      hasSources: parts.hasSources,
      keepsCollisions: parts.policies.of(type).collisions === 'keep',
      isTwice: false,
      isByFile: this.#isByFile,
      columns,
    }
    const keys = { [KEYS]: keysText(made) }
    const fresh = () => parts.warehouse.query<FreshRow>(freshQuery(there), keys)
    const note = await this.#landFresh({ type, index, made, fresh })
    const landed = note?.rows.length ?? 0
    const left =
      landed === rows || there.keepsCollisions
        ? []
        : await parts.warehouse.query<{ readonly place: number }>(collisionsQuery(there), keys)
    const collisions = left.map(({ place }) => place)
    const places = note?.rows.map(({ place }) => place) ?? []
    return { landed, collisions, places, ...(note && { stream: note.stream }) }
  }

  /** @returns the stream that was committed; undefined where there was nothing to bring */
  async #landFresh(of: {
    readonly type: string
    readonly index: number
    readonly made: readonly MadeRow[]
    readonly fresh: () => Promise<readonly FreshRow[]>
  }): Promise<StreamNote | undefined> {
    const { parts, workshop } = this.#source
    const { streams } = parts
    const { type, index, made } = of
    const table = parts.tableOf(type)
    let useless = 0
    let why = 'it has not the rows that it was to have'
    for (let tries = 1; tries <= MOST_STREAMS; tries++) {
      // before the look at the stream: rows that it brings between the two are its own
      const fresh = await of.fresh()
      let { number, note } = await this.#newest(index)
      const state = note ? await streams.stateOf(note.stream) : 'gone'
      if (note && state === 'committed') return note
      if (fresh.length === 0) return undefined
      const isOver = state === 'gone' || number === useless
      const isNew = !note || isOver || JSON.stringify(note.rows) !== JSON.stringify(fresh)
      if (isNew) {
        await this.#untilKnown(type)
        const stream = await streams.create(table)
        note = await workshop.make<StreamNote>(noteName(index, ++number), { stream, rows: fresh })
      }
      try {
        if (await this.#bring({ type, index, made, number, note: note! })) return note
      } catch (error) {
        if (!(error instanceof StreamUseless)) throw error
        why = error.message
        // one that was begun a moment ago has no other reason than its rows
        if (isNew)
          throw new LoadError('stream_failed', `rows of ${table} could not land: ${why}`, { cause: error })
      }
      // the next one brings its rows
      useless = number
    }
    const all = `${MOST_STREAMS} write streams of ${table} were begun, and none was committed: ${why}`
    throw new LoadError('stream_failed', `${all}. Does somebody else load the same file? Start it again`)
  }

  /** @returns whether the stream was committed */
  async #bring(of: {
    readonly type: string
    readonly index: number
    readonly made: readonly MadeRow[]
    readonly number: number
    readonly note: StreamNote
  }): Promise<boolean> {
    const { streams, tableOf } = this.#source.parts
    const { stream, rows } = of.note
    const encoder = protoRows(this.#columns.get(of.type)!)
    await streams.append(stream, encoder.descriptor, batchesOf(rows, of.made, encoder))
    const count = await streams.finalize(stream)
    // who stood still since it looked may find that another process of this load went on with another stream
    if (count !== rows.length || (await this.#newest(of.index)).number !== of.number) return false
    await streams.commit(tableOf(of.type), stream)
    return true
  }

  async #newest(index: number): Promise<{ number: number; note: StreamNote | undefined }> {
    const { workshop } = this.#source
    const names = await workshop.names()
    let number = 0
    while (names.has(noteName(index, number + 1))) number++
    const note = number === 0 ? undefined : await workshop.read<StreamNote>(noteName(index, number))
    return { number, note }
  }

  /** Waits until the write path knows the columns, which may be later than table-manager does. */
  async #untilKnown(type: string): Promise<void> {
    const { parts } = this.#source
    const wanted = pathsOf(this.#columns.get(type)!)
    const deadline = Date.now() + parts.waitMs
    for (let wait = FIRST_LOOK_MS; ; wait = Math.min(wait * 2, LONGEST_LOOK_MS)) {
      const known = await parts.streams.columnsOf(parts.tableOf(type))
      const missing = wanted.find((path) => !known.has(path))
      if (missing === undefined) return
      if (Date.now() > deadline) {
        const what = `the write path of ${parts.tableOf(type)} does not know the column ${missing} within ${parts.waitMs / 1000} s`
        throw new LoadError('table_did_not_come', `${what}. Nothing of the source has landed; start it again`)
      }
      await sleep(wait)
    }
  }

  async #made(columns: readonly Column[], written: readonly WrittenType[]): Promise<readonly MadeRow[]> {
    const { workshop } = this.#source
    const names = stagingNames(columns)
    const made: MadeRow[] = []
    for (const object of written.flatMap(({ objects }) => objects)) {
      const lines = (await workshop.bytesOf(object)).toString('utf8').split('\n')
      for (const line of lines) {
        if (line === '') continue
        const row = parseJson(line) as JsonObject
        made.push({
          place: row[names.place] as number,
          match: row[names.match] as string,
          eventId: row['event_id'] as string,
          source: row['_source'] as string | null,
          fingerprint: row['_fingerprint'] as string,
          day: row['event_date'] as string,
          row,
        })
      }
    }
    return made
  }
}

/** Whether an object of a workshop is the note of a stream. */
export const isStreamNote = (name: string) => /^stream-\d+-\d+\.json$/.test(name)

const noteName = (index: number, number: number) => `stream-${index}-${number}.json`

/** The rows of a stream as requests, by the same boundaries each time. */
function batchesOf(
  rows: readonly FreshRow[],
  made: readonly MadeRow[],
  { encode }: ProtoRows,
): readonly StreamRows[] {
  const byPlace = new Map(made.map((each) => [each.place, each]))
  const batches: { offset: number; rows: Uint8Array[] }[] = []
  let bytes = Infinity
  for (const [offset, { place, id }] of rows.entries()) {
    const encoded = encode({ ...byPlace.get(place)!.row, event_id: id })
    if (bytes + encoded.length > REQUEST_BYTES) {
      batches.push({ offset, rows: [] })
      bytes = 0
    }
    batches.at(-1)!.rows.push(encoded)
    bytes += encoded.length
  }
  return batches
}

function pathsOf(columns: readonly Column[], above = ''): string[] {
  return columns.flatMap(({ name, fields = [] }) => [above + name, ...pathsOf(fields, `${above}${name}.`)])
}
