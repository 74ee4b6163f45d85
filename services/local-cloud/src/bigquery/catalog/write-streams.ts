import { randomBytes } from 'node:crypto'
import type { DuckDBConnection } from '@duckdb/node-api'
import { GoogleError } from '../../google-error.ts'
import { quote } from '../values/fields.ts'
import { appendLines } from '../table/append-lines.ts'
import { appendStatement, type InsertTarget } from '../table/insert-statements.ts'
import { lineShares } from './line-shares.ts'
import type { Lines } from '../table/line-writer.ts'
import { settlePartitions } from '../table/settle-partitions.ts'
import { partitionTime, storedFields } from '../table/partition-time.ts'
import { insertTarget, narrowed } from '../table/physical.ts'
import { forget, save } from '../store/resource-rows.ts'
import type { Store } from '../store/store.ts'
import { OffsetError, StreamError, type StorageErrorName } from './stream-errors.ts'
import { forgetStreamRows } from '../store/stream-rows.ts'
import { incarnationOf, type Table, type TableReference } from '../table/table.ts'
import type { Tables } from './tables.ts'
import { Turns } from '../turns.ts'

export type StreamType = 'COMMITTED' | 'PENDING' | 'BUFFERED'

/** A write stream that somebody created; the default stream of a table is none of these. Times are milliseconds since 1970. */
export interface WriteStream {
  /** `projects/{project}/datasets/{dataset}/tables/{table}/streams/{id}` */
  readonly name: string
  readonly id: string
  readonly type: StreamType
  readonly reference: TableReference
  /** The incarnation of its table. */
  readonly table: string
  readonly createTime: number
  readonly commitTime?: number
  readonly isFinalized: boolean
  readonly finalizeTime?: number
  /** Rows of a BUFFERED stream that are in the table. */
  readonly flushed: number
}

/** Why a stream could not be committed. */
export interface CommitError {
  readonly code: StorageErrorName
  readonly entity: string
  readonly errorMessage: string
}

/** A stream that is over is told of for so long (here; Google does not say how long). */
const KEPT_MS = 86_400_000
/** A PENDING stream is committed by then, or never (docs: batch load data using the Storage Write API). */
const UNCOMMITTED_MS = 24 * 3_600_000
const FINALIZED_MS = 4 * 3_600_000

/**
 * Write streams. Rows of a COMMITTED stream go into the table at once. Those of the others wait as lines in a table of their stream, in
 * their order, and become rows when they are committed or flushed: with the columns that the table has then.
 */
export class WriteStreams {
  readonly #store: Store
  readonly #tables: Tables
  readonly #now: () => number
  readonly #streams = new Map<string, WriteStream>()
  /** Rows that were accepted, by the name of the stream. */
  readonly #rows = new Map<string, number>()
  readonly #turns = new Turns()

  constructor({ store, tables, now }: { store: Store; tables: Tables; now: () => number }) {
    this.#store = store
    this.#tables = tables
    this.#now = now
  }

  /** What an earlier process left. */
  restore(stream: WriteStream): void {
    this.#streams.set(stream.name, stream)
  }

  /** Where rows wait, by the incarnation that `waiting` gives them. */
  waitingTarget(incarnation: string): InsertTarget | undefined {
    const stream = this.#streams.values().find(({ id }) => id === incarnation)
    return stream && waiting(stream)
  }

  /** @param rows by the id of the stream */
  async restoreRows(rows: ReadonlyMap<string, number>): Promise<void> {
    for (const { name, id } of this.#streams.values()) this.#rows.set(name, rows.get(id) ?? 0)
    for (const stream of this.#streams.values()) if (this.#isOver(stream)) await this.#forget(stream)
  }

  /** @throws GoogleError RESOURCE_EXHAUSTED where the disk is full */
  async create(table: Table, type: StreamType): Promise<WriteStream> {
    const id = `Ci${randomBytes(24).toString('base64url')}`
    const { projectId, datasetId, tableId } = table.reference
    const name = `projects/${projectId}/datasets/${datasetId}/tables/${tableId}/streams/${id}`
    const createTime = this.#now()
    const stream: WriteStream = {
      name,
      id,
      type,
      createTime,
      isFinalized: false,
      flushed: 0,
      reference: table.reference,
      table: incarnationOf(table),
      ...(type === 'COMMITTED' && { commitTime: createTime }),
    }
    await this.#store.write(async (connection) => {
      if (type !== 'COMMITTED') await connection.run(`CREATE TABLE ${waiting(stream).table} (line JSON)`)
      await save(connection, 'stream', name, stream)
    })
    this.#streams.set(name, stream)
    this.#rows.set(name, 0)
    return stream
  }

  /** undefined where there is none of this name, or its table went, or it was to be committed and its time is over. */
  find(name: string): WriteStream | undefined {
    const stream = this.#streams.get(name)
    return stream && this.#tableOf(stream) && !this.#isTooLate(stream) ? stream : undefined
  }

  /** @throws StreamError NOT_FOUND */
  get(name: string): WriteStream {
    const stream = this.find(name)
    if (!stream)
      throw new StreamError('NOT_FOUND', 'STREAM_NOT_FOUND', name, 'Requested entity was not found.')
    return stream
  }

  /**
   * Appends rows at the end of the stream.
   *
   * @returns the offset of the first
   * @throws OffsetError where the end is not at the offset; StreamError where the stream is finalized; as `Store.insert`
   */
  append(name: string, target: InsertTarget, lines: Lines, offset?: number): Promise<number> {
    return this.#turns.take(name, async () => {
      const stream = this.get(name)
      if (stream.isFinalized)
        throw new StreamError(
          'INVALID_ARGUMENT',
          'STREAM_FINALIZED',
          name,
          'Stream has been already finalized.',
        )
      const end = this.rowsOf(name)
      if (offset !== undefined && offset !== end) throw new OffsetError(name, end, offset)
      if (stream.type === 'COMMITTED') await this.#store.insert(target, lines, { stream: stream.id })
      else {
        this.#checkColumns(stream, target)
        await this.#store.insert(waiting(stream), lines, { mode: 'keep', stream: stream.id })
      }
      this.#rows.set(name, end + lines.count)
      return end
    })
  }

  /** @throws StreamError where the table has lost a column since the rows were read: lines that wait have their values by the names */
  #checkColumns(stream: WriteStream, target: InsertTarget): void {
    const table = this.#tableOf(stream)
    const names = new Set(table && storedFields(table).map(({ name }) => name))
    if (target.fields.every(({ name }) => names.has(name))) return
    const message = 'Schema mismatch due to extra fields in user schema'
    throw new StreamError('INVALID_ARGUMENT', 'SCHEMA_MISMATCH_EXTRA_FIELDS', stream.name, message)
  }

  /** Lets nobody append rows that wait for a table, and gives these. */
  hold<T>(table: Table, work: (waiting: readonly InsertTarget[]) => Promise<T>): Promise<T> {
    const streams = [...this.#streams.values()].filter(
      ({ type, table: of, commitTime }) =>
        of === incarnationOf(table) && type !== 'COMMITTED' && commitTime === undefined,
    )
    const held = streams.reduce(
      (inner, { name }) =>
        () =>
          this.#turns.take(name, inner),
      () => work(streams.map(waiting)),
    )
    return held()
  }

  /** Rows that a stream took. */
  rowsOf(name: string): number {
    return this.#rows.get(name) ?? 0
  }

  /** Lets a stream take no more rows. @returns how many it took */
  finalize(name: string): Promise<number> {
    return this.#turns.take(name, async () => {
      const stream = this.get(name)
      if (!stream.isFinalized)
        await this.#change([{ ...stream, isFinalized: true, finalizeTime: this.#now() }])
      return this.rowsOf(name)
    })
  }

  /**
   * Brings the rows of a BUFFERED stream into its table, up to the one at the offset.
   *
   * @throws StreamError INVALID_ARGUMENT for a stream of another type, OUT_OF_RANGE where it has no such row
   */
  flush(name: string, offset: number): Promise<void> {
    return this.#turns.take(name, async () => {
      const stream = this.get(name)
      if (stream.type !== 'BUFFERED') {
        const message = `Only BUFFERED streams are flushed: this one is ${stream.type}.`
        throw new StreamError('INVALID_ARGUMENT', 'INVALID_STREAM_TYPE', name, message)
      }
      const end = this.rowsOf(name)
      if (offset < 0 || offset >= end) {
        const message = `Offset ${offset} is beyond the end of the stream, which has ${end} rows.`
        throw new StreamError('OUT_OF_RANGE', 'OFFSET_OUT_OF_RANGE', name, message)
      }
      if (offset < stream.flushed) return
      await this.#change([{ ...stream, flushed: offset + 1 }], (connection) =>
        bringIn(connection, stream, [stream.flushed, offset + 1], this.#tableOf(stream)!, this.#now()),
      )
    })
  }

  /**
   * Brings the rows of PENDING streams into their table, all of them or none.
   *
   * @throws GoogleError INVALID_ARGUMENT for streams of another table
   */
  async commit(
    reference: TableReference,
    names: readonly string[],
  ): Promise<{ readonly commitTime?: number; readonly errors: readonly CommitError[] }> {
    const { projectId, datasetId, tableId } = reference
    const parent = `projects/${projectId}/datasets/${datasetId}/tables/${tableId}`
    const stranger = names.find((name) => !name.startsWith(`${parent}/streams/`))
    if (stranger !== undefined)
      throw new GoogleError(
        'INVALID_ARGUMENT',
        `The stream ${stranger} does not belong to the table ${parent}.`,
      )
    return this.#turns.take(parent, async () => {
      const distinct = [...new Set(names)]
      const errors = distinct.flatMap((name) => this.#whyNotCommitted(name) ?? [])
      if (errors.length > 0) return { errors }
      const streams = distinct.map((name) => this.get(name))
      const commitTime = this.#now()
      await this.#change(
        streams.map((stream) => ({ ...stream, commitTime })),
        async (connection) => {
          for (const stream of streams) {
            await bringIn(
              connection,
              stream,
              [0, this.rowsOf(stream.name)],
              this.#tableOf(stream)!,
              this.#now(),
            )
            this.#store.forget(waiting(stream).table)
            await connection.run(`DROP TABLE ${waiting(stream).table}`)
          }
        },
      )
      return { commitTime, errors }
    })
  }

  #whyNotCommitted(name: string): CommitError | undefined {
    const stream = this.find(name)
    const because = (code: StorageErrorName, errorMessage: string) => ({ code, entity: name, errorMessage })
    if (!stream) return because('STREAM_NOT_FOUND', 'The stream is not found.')
    if (stream.type !== 'PENDING')
      return because('INVALID_STREAM_TYPE', `The stream is ${stream.type}, not PENDING.`)
    if (stream.commitTime !== undefined)
      return because('STREAM_ALREADY_COMMITTED', 'The stream is already committed.')
    return stream.isFinalized ? undefined : because('INVALID_STREAM_STATE', 'The stream is not finalized.')
  }

  async #change(
    streams: readonly WriteStream[],
    work: (connection: DuckDBConnection) => Promise<void> = async () => {},
  ): Promise<void> {
    await this.#store.write(
      async (connection) => {
        await work(connection)
        for (const stream of streams) await save(connection, 'stream', stream.name, stream)
      },
      streams.flatMap(({ id, table }) => [id, table]),
      [],
    )
    for (const stream of streams) this.#streams.set(stream.name, stream)
  }

  #tableOf(stream: WriteStream): Table | undefined {
    const table = this.#tables.find(stream.reference)
    return table && incarnationOf(table) === stream.table ? table : undefined
  }

  #isTooLate({ type, createTime, finalizeTime = Infinity, commitTime }: WriteStream): boolean {
    if (type !== 'PENDING' || commitTime !== undefined) return false
    return Math.min(createTime + UNCOMMITTED_MS, finalizeTime + FINALIZED_MS) <= this.#now()
  }

  /** Whether nobody can do anything with it any more. */
  #isOver(stream: WriteStream): boolean {
    const isDone = stream.isFinalized && stream.commitTime !== undefined
    const isForgotten = isDone && stream.createTime < this.#now() - KEPT_MS
    return !this.#tableOf(stream) || this.#isTooLate(stream) || isForgotten
  }

  async #forget(stream: WriteStream): Promise<void> {
    await this.#store.write(async (connection) => {
      await connection.run(`DROP TABLE IF EXISTS ${waiting(stream).table}`)
      await forgetStreamRows(connection, stream.id)
      await forget(connection, 'stream', stream.name)
    })
    this.#streams.delete(stream.name)
    this.#rows.delete(stream.name)
  }
}

/** Where the lines of a stream wait. */
function waiting({ id }: WriteStream): InsertTarget {
  const table = `local_cloud.${quote(`stream_${id}`)}`
  return {
    incarnation: id,
    table,
    fields: [],
    columns: 'line',
    values: '',
    structure: '',
    parts: [],
    key: [],
  }
}

/** @param rows of the stream, from one to before another */
async function bringIn(
  connection: DuckDBConnection,
  stream: WriteStream,
  [first, end]: readonly [number, number],
  table: Table,
  now: number,
): Promise<void> {
  const target = insertTarget(table)
  const from = waiting(stream).table
  const rows = `ORDER BY rowid LIMIT ${end - first} OFFSET ${first}`
  if (target.parts.length <= 1)
    await connection.run(appendStatement(target, `SELECT line::VARCHAR AS text FROM ${from} ${rows}`))
  else {
    // each part reads lines of its own: DuckDB would keep all of each line for every part
    const sizes = await connection.runAndReadAll(`SELECT rowid, strlen(line::VARCHAR) FROM ${from} ${rows}`)
    for (const [one, last] of lineShares(sizes.getRows() as [bigint, bigint][], target.fields.length)) {
      const lines = `SELECT line::VARCHAR FROM ${from} WHERE rowid BETWEEN ${one} AND ${last} ORDER BY rowid`
      const texts = (await connection.runAndReadAll(lines)).getRows()
      const bytes = Buffer.from(texts.join('\n'))
      await appendLines(connection, narrowed(target, [{ bytes, count: texts.length }]), bytes)
    }
  }
  await settlePartitions(connection, table, partitionTime(table, now))
}
