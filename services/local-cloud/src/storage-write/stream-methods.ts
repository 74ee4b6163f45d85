import type { Catalog } from '../bigquery/catalog/catalog.ts'
import type { StreamType, WriteStream } from '../bigquery/catalog/write-streams.ts'
import { GoogleError } from '../google-error.ts'
import type { UnaryHandler } from '../grpc/call.ts'
import { openTable, openTableName, tableReferenceOf, toFailure } from './default-stream.ts'
import { tableSchema } from './messages.ts'

export interface StreamRequest {
  /** GetWriteStream, FinalizeWriteStream */
  readonly name?: string
  readonly view?: string
  /** CreateWriteStream, BatchCommitWriteStreams */
  readonly parent?: string
  readonly writeStream?: string | { readonly type?: string; readonly writeMode?: string }
  readonly writeStreams?: readonly string[]
  /** FlushRows */
  readonly offset?: { readonly value?: string }
}

const TYPES: readonly string[] = ['COMMITTED', 'PENDING', 'BUFFERED']
const DEFAULT = /\/(?:streams\/)?_default$/

/** The methods of BigQueryWrite that answer once. */
export class StreamMethods {
  readonly #catalog: Catalog

  constructor(catalog: Catalog) {
    this.#catalog = catalog
  }

  /** @throws GoogleError, BigQueryError */
  get({ name = '', view }: StreamRequest): object {
    const { tables, streams } = this.#catalog
    const stream = streams.find(name)
    if (stream) return this.#describe(stream, view === 'FULL')
    const table = openTable(tables, name, 'GetWriteStream')
    const schema = view === 'FULL' ? { tableSchema: tableSchema(table.fields) } : {}
    const { datasetId, projectId } = table.reference
    return {
      name,
      type: 'COMMITTED',
      createTime: timestamp(table.creationTime),
      writeMode: 'INSERT',
      location: this.#location(projectId, datasetId),
      ...schema,
    }
  }

  async create({ parent = '', writeStream }: StreamRequest): Promise<object> {
    const { type = '', writeMode = 'INSERT' } = typeof writeStream === 'object' ? writeStream : {}
    if (!TYPES.includes(type))
      throw new GoogleError(
        'INVALID_ARGUMENT',
        `A write stream is COMMITTED, PENDING or BUFFERED, not "${type}".`,
      )
    if (writeMode !== 'INSERT' && writeMode !== 'WRITE_MODE_UNSPECIFIED')
      throw new GoogleError('INVALID_ARGUMENT', `Invalid write mode ${writeMode}.`)
    const table = openTableName(this.#catalog.tables, parent)
    return this.#describe(await this.#catalog.streams.create(table, type as StreamType), true)
  }

  async finalize({ name = '' }: StreamRequest): Promise<object> {
    refuseDefault(name, 'FinalizeWriteStream')
    return { rowCount: String(await this.#catalog.streams.finalize(name)) }
  }

  async flush({ writeStream = '', offset }: StreamRequest): Promise<object> {
    const name = typeof writeStream === 'string' ? writeStream : ''
    refuseDefault(name, 'FlushRows')
    if (!offset) throw new GoogleError('INVALID_ARGUMENT', 'FlushRows needs an offset.')
    // a field with the value 0 is not sent
    const { value = '0' } = offset
    await this.#catalog.streams.flush(name, Number(value))
    return { offset: value }
  }

  async commit({ parent = '', writeStreams = [] }: StreamRequest): Promise<object> {
    if (writeStreams.length === 0)
      throw new GoogleError('INVALID_ARGUMENT', 'write_streams must be specified.')
    const { commitTime, errors } = await this.#catalog.streams.commit(tableReferenceOf(parent), writeStreams)
    return { streamErrors: errors, ...(commitTime !== undefined && { commitTime: timestamp(commitTime) }) }
  }

  #describe({ name, type, createTime, commitTime, reference }: WriteStream, hasSchema: boolean): object {
    const { fields } = this.#catalog.tables.stored(reference)
    return {
      name,
      type,
      createTime: timestamp(createTime),
      writeMode: 'INSERT',
      ...(commitTime !== undefined && { commitTime: timestamp(commitTime) }),
      location: this.#location(reference.projectId, reference.datasetId),
      ...(hasSchema && { tableSchema: tableSchema(fields) }),
    }
  }

  #location(projectId: string, datasetId: string): string {
    return this.#catalog.datasets.get(projectId, datasetId).location.toLowerCase()
  }
}

/** A handler that answers with what `work` gives, or with why it fails. */
export function unary(
  work: (request: StreamRequest) => Promise<object>,
): UnaryHandler<StreamRequest, object> {
  return (call, callback) => {
    const { name, writeStream, parent } = call.request
    const entity = name ?? (typeof writeStream === 'string' ? writeStream : (parent ?? ''))
    work(call.request).then(
      (answer) => callback(null, answer),
      (error: unknown) => callback(toFailure(error, entity)),
    )
  }
}

function refuseDefault(name: string, method: string): void {
  if (DEFAULT.test(name))
    throw new GoogleError('INVALID_ARGUMENT', `${method} is not supported on the default stream.`)
}

function timestamp(milliseconds: number): object {
  const seconds = Math.floor(milliseconds / 1000)
  return { seconds: String(seconds), nanos: (milliseconds - seconds * 1000) * 1_000_000 }
}
