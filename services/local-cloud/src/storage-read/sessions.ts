import { randomBytes } from 'node:crypto'
import type { Catalog } from '../bigquery/catalog/catalog.ts'
import { columnsBytes } from '../bigquery/bytes/column-bytes.ts'
import { holdsRange } from '../bigquery/values/type-parameters.ts'
import { quote, type Field } from '../bigquery/values/fields.ts'
import { physical } from '../bigquery/table/physical.ts'
import { quotedName } from '../bigquery/table/table-name.ts'
import type { Jobs } from '../bigquery/jobs/jobs.ts'
import type { QueryRunner } from '../bigquery/queries/query-runner.ts'
import { heldResult, isResultTable } from '../bigquery/jobs/result-tables.ts'
import { withColumns, type ResultRows } from '../bigquery/results/result-rows.ts'
import type { Store } from '../bigquery/store/store.ts'
import { incarnationOf, type Table, type TableReference } from '../bigquery/table/table.ts'
import { GoogleError, unsupported } from '../google-error.ts'
import type { Encoder } from './encoder.ts'
import { encoderOf } from './encoders.ts'

/** What a caller asks for: the part of ReadSession that is taken. */
export interface SessionRequest {
  readonly project: string
  readonly reference: TableReference
  readonly format: 'ARROW' | 'AVRO'
  readonly selectedFields: readonly string[]
  /** GoogleSQL, as behind WHERE. */
  readonly rowRestriction: string
  /** 0: as many as make sense. */
  readonly mostStreams: number
  /** TIMESTAMPs with picoseconds as text with all of them; else microseconds. */
  readonly hasPicos: boolean
}

export interface ReadSession {
  readonly name: string
  readonly expireTime: number
  readonly rows: ResultRows
  readonly bytes: number
  readonly encoder: Encoder
  readonly streams: readonly ReadStream[]
}

/** Rows of a session, from one place to another. */
export interface ReadStream {
  readonly name: string
  readonly session: string
  readonly start: number
  readonly end: number
}

// docs: Storage Read API, "sessions expire 6 hours after they are created"
const LIFE_MS = 6 * 3_600_000
const SWEEP_MS = 60_000
/** Rows from which on another stream is worth it, and how many there are where nobody says. */
const ROWS_A_STREAM = 50_000
const MOST_STREAMS = 8

interface ReadSessionsParts {
  readonly catalog: Catalog
  readonly store: Store
  readonly runner: QueryRunner
  /** Those whose results may be read. */
  readonly jobs: Jobs
  readonly now: () => number
}

/** What a session reads. */
interface Source {
  readonly fields: readonly Field[]
  readonly location: string
  /** The columns that are wanted, of the rows that are. */
  read(fields: readonly Field[]): Promise<{ readonly rows: ResultRows; readonly bytes: number }>
}

/** Sessions in which a table is read, as it was when the session began. */
export class ReadSessions {
  readonly #catalog: Catalog
  readonly #store: Store
  readonly #runner: QueryRunner
  readonly #jobs: Jobs
  readonly #now: () => number
  readonly #sessions = new Map<string, ReadSession>()
  readonly #streams = new Map<string, ReadStream>()
  #sweep: NodeJS.Timeout | undefined

  constructor({ catalog, store, runner, jobs, now }: ReadSessionsParts) {
    this.#store = store
    this.#catalog = catalog
    this.#runner = runner
    this.#jobs = jobs
    this.#now = now
  }

  /** @throws GoogleError, BigQueryError */
  async create(request: SessionRequest): Promise<ReadSession> {
    const { project, reference, selectedFields, rowRestriction } = request
    const source = isResultTable(this.#catalog, reference)
      ? this.#result(reference, rowRestriction)
      : this.#table(project, reference, rowRestriction)
    if (source.fields.length === 0)
      throw new GoogleError('INVALID_ARGUMENT', 'request failed: the table does not have a schema')
    const nested = selectedFields.find((name) => name.includes('.'))
    if (nested !== undefined) throw unsupported(`selected_fields inside of a RECORD (${nested})`)
    const selected = new Set(selectedFields.map((name) => name.toLowerCase()))
    const known = new Set(source.fields.map(({ name }) => name.toLowerCase()))
    const unknown = selectedFields.filter((name) => !known.has(name.toLowerCase()))
    if (unknown.length > 0) {
      const message = `request failed: The following selected fields do not exist in the table schema: ${unknown.join(', ')}`
      throw new GoogleError('INVALID_ARGUMENT', message)
    }
    const fields =
      selected.size === 0
        ? source.fields
        : source.fields.filter(({ name }) => selected.has(name.toLowerCase()))
    const range = fields.find(holdsRange)
    if (range) throw unsupported(`RANGE columns of read sessions (${range.name})`)
    const { rows, bytes } = await source.read(fields)
    const name = `projects/${project}/locations/${source.location.toLowerCase()}/sessions/${newId()}`
    const streams = cut(name, rows.count, request.mostStreams)
    const encoder = await encoderOf(request.format, fields, request.hasPicos)
    const expireTime = this.#now() + LIFE_MS
    const session: ReadSession = { name, expireTime, rows, bytes, encoder, streams }
    this.#sessions.set(name, session)
    for (const stream of streams) this.#streams.set(stream.name, stream)
    this.#sweep ??= setInterval(() => this.sweep(), SWEEP_MS).unref()
    return session
  }

  /** @throws BigQueryError */
  #table(project: string, reference: TableReference, rowRestriction: string): Source {
    const table = this.#catalog.tables.stored(reference)
    const { location } = this.#catalog.datasets.get(reference.projectId, reference.datasetId)
    const read = (fields: readonly Field[]) => this.#read(project, table, fields, rowRestriction)
    return { fields: table.fields, location, read }
  }

  /** What a query gave: clients read large results so. They stay as long as the session, whatever becomes of the job. */
  #result(reference: TableReference, rowRestriction: string): Source {
    if (rowRestriction.trim() !== '') throw unsupported('row_restriction of the result of a query')
    const { fields, rows, location } = heldResult(this.#jobs, reference)
    const read = (wanted: readonly Field[]) => {
      rows.hold()
      const columns = wanted.map((field) => fields.indexOf(field))
      return Promise.resolve({ rows: withColumns(rows, columns), bytes: 0 })
    }
    return { fields, location, read }
  }

  async #read(
    project: string,
    table: Table,
    fields: readonly Field[],
    rowRestriction: string,
  ): Promise<{ rows: ResultRows; bytes: number }> {
    if (rowRestriction.trim() === '') {
      const reads = [incarnationOf(table)]
      const from = physical(table.reference)
      const names = fields.map(({ name }) => quote(name)).join(', ')
      const size = columnsBytes(fields)
      const counted = await this.#store.query(`SELECT coalesce(sum(${size}), 0) FROM ${from}`, reads)
      const rows = await this.#store.result(`SELECT ${names} FROM ${from}`, reads)
      return { rows, bytes: Number(counted.getRows()[0]![0]) }
    }
    const columns = fields.map(({ name }) => quotedName(name)).join(', ')
    const query = `SELECT ${columns} FROM ${quotedName(tablePath(table.reference))} WHERE (${rowRestriction}\n)`
    const { rows, bytesRead = 0 } = await this.#runner.run(project, { query, useLegacySql: false })
    return { rows, bytes: bytesRead }
  }

  /** @throws GoogleError NOT_FOUND */
  stream(name: string): { readonly stream: ReadStream; readonly session: ReadSession } {
    const stream = this.#streams.get(name)
    const session = stream && this.#sessions.get(stream.session)
    if (!stream || !session)
      throw new GoogleError('NOT_FOUND', `Requested entity was not found. Entity: ${name}`)
    return { stream, session }
  }

  /** Two streams that give the rows of one; undefined where it has too few rows. */
  split(name: string, fraction: number): readonly [ReadStream, ReadStream] | undefined {
    const { stream } = this.stream(name)
    const { start, end, session } = stream
    const middle = start + Math.round((end - start) * fraction)
    if (middle <= start || middle >= end) return undefined
    const parts = [newStream(session, start, middle), newStream(session, middle, end)] as const
    for (const part of parts) this.#streams.set(part.name, part)
    return parts
  }

  /** Forgets sessions that are over. */
  sweep(): void {
    for (const session of this.#sessions.values()) {
      if (session.expireTime > this.#now()) continue
      this.#sessions.delete(session.name)
      // a store that is closed meanwhile takes it along
      session.rows.drop().catch(() => {})
    }
    for (const [name, { session }] of this.#streams)
      if (!this.#sessions.has(session)) this.#streams.delete(name)
    if (this.#sessions.size > 0) return
    clearInterval(this.#sweep)
    this.#sweep = undefined
  }
}

const newId = (): string => `CA${randomBytes(18).toString('base64url')}`
const tablePath = ({ projectId, datasetId, tableId }: TableReference) =>
  `${projectId}.${datasetId}.${tableId}`

function newStream(session: string, start: number, end: number): ReadStream {
  return { name: `${session}/streams/${newId()}`, session, start, end }
}

/** An empty table has no stream, as at Google. */
function cut(session: string, rows: number, most: number): ReadStream[] {
  const count = Math.min(most > 0 ? most : MOST_STREAMS, Math.ceil(rows / ROWS_A_STREAM))
  const size = Math.ceil(rows / Math.max(1, count))
  return Array.from({ length: count }, (_, index) =>
    newStream(session, index * size, Math.min(rows, (index + 1) * size)),
  )
}
