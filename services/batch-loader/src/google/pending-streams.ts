import { setTimeout as sleep } from 'node:timers/promises'
import bigqueryStorage from '@google-cloud/bigquery-storage'
import * as grpc from '@grpc/grpc-js'
import { backoff, codeOf, endpointOptions } from '@tablestream/service-kit'
import { LoadError } from '../load-error.ts'
import type { RowDescriptor } from '@tablestream/table-schema'

const { managedwriter } = bigqueryStorage

/** `gone`: nobody knows it any more, or its table is another one now. */
export type StreamState = 'open' | 'committed' | 'gone'

/** Rows of a stream, one behind the other. */
export interface StreamRows {
  /** The place of the first in the stream, from 0. */
  readonly offset: number
  readonly rows: readonly Uint8Array[]
}

/** A stream that cannot be gone on with: its time is over, or its rows are others than they should be. */
export class StreamUseless extends Error {}

/**
 * Write streams of the type PENDING (docs: batch load data using the Storage Write API): nobody sees their rows until the stream is
 * committed, and then all of them are there. A stream is committed once.
 */
export interface PendingStreams {
  /** The columns that the write path knows, by path (`items.price`): maybe later than tables.get. Empty where it knows no such table. */
  readonly columnsOf: (table: string) => Promise<ReadonlySet<string>>
  /** @returns the stream's name */
  readonly create: (table: string) => Promise<string>
  readonly stateOf: (stream: string) => Promise<StreamState>
  /** Puts rows at their offsets, where they are not there yet. One that is finalized stays as it is. @throws StreamUseless */
  readonly append: (
    stream: string,
    descriptor: RowDescriptor,
    batches: readonly StreamRows[],
  ) => Promise<void>
  /** Lets the stream take no more rows. @returns how many it has @throws StreamUseless */
  readonly finalize: (stream: string) => Promise<number>
  /** @throws StreamUseless where it was not committed, and never will be */
  readonly commit: (table: string, stream: string) => Promise<void>
  readonly close: () => void
}

type Client = InstanceType<typeof managedwriter.WriterClient>

const TRACE_ID = 'tablestream:batch-loader'
const CALL_MS = 30_000
const APPEND_MS = 60_000
const MOST_TRIES = 8
const PAUSES = { firstMs: 100, longestMs: 5000 } as const

const ALREADY_EXISTS = 6
const NOT_FOUND = 5
/** What the write path also says of a table that is new to it. */
const PERMISSION_DENIED = 7
/** Statuses that say nothing of the rows: a connection that broke, a service that is busy. */
const MAY_PASS: readonly unknown[] = [1, 2, 4, 8, 10, 13, 14]
/**
 * Those of one stream: an argument that it does not take, as where it was finalized because nobody wrote to it; not found; in another
 * state; an offset beyond its end.
 */
const OF_THE_STREAM: readonly unknown[] = [3, 5, 9, 11]
/** Where there is no stream yet, or it is only looked at. */
const NONE: readonly unknown[] = []
const FINALIZED = /STREAM_FINALIZED|finalized/i

/**
 * What ends a connection is told by the append that waits. It stands here, and not where the rows are: the client keeps each connection
 * that it ever made, with who listens to it, and what these know of.
 */
const toldByAppend = () => {}

/** @param endpoint URL; empty for Google's own */
export function openPendingStreams(projectId: string, dataset: string, endpoint: string): PendingStreams {
  let client: Client | undefined
  const clientOf = () =>
    (client ??= new managedwriter.WriterClient({
      projectId,
      ...endpointOptions(endpoint, grpc.credentials.createInsecure),
    }))
  // what it makes of these two has no deadline but ten minutes
  const callsOf = () => clientOf().getClient()
  const parentOf = (table: string) => `projects/${projectId}/datasets/${dataset}/tables/${table}`

  /** @param absent statuses that say that there is none */
  function look(streamId: string, absent: readonly unknown[], view?: 'FULL') {
    const request = { streamId, ...(view && { view: view as never }) }
    const ask = async () => {
      try {
        return await clientOf().getWriteStream(request, { timeout: CALL_MS })
      } catch (error) {
        if (absent.includes(codeOf(error))) return undefined
        throw error
      }
    }
    return untilItPasses(`${streamId} could not be looked at`, ask, NONE)
  }

  const streams: PendingStreams = {
    async columnsOf(table) {
      const stream = await look(`${parentOf(table)}/streams/_default`, [NOT_FOUND, PERMISSION_DENIED], 'FULL')
      return new Set(pathsOf(stream?.tableSchema?.fields ?? []))
    },
    create(table) {
      const create = () =>
        clientOf().createWriteStream(
          { streamType: managedwriter.PendingStream, destinationTable: parentOf(table) },
          { timeout: CALL_MS },
        )
      return untilItPasses(`no write stream of ${table} could be made`, create, NONE)
    },
    async stateOf(name) {
      const stream = await look(name, [NOT_FOUND])
      if (!stream) return 'gone'
      return stream.commitTime ? 'committed' : 'open'
    },
    async append(name, descriptor, batches) {
      let done = 0
      await untilItPasses(`rows could not be appended to ${name}`, async () => {
        const connection = await clientOf().createStreamConnection({ streamId: name })
        connection.on('error', toldByAppend)
        try {
          for (; done < batches.length; done++) {
            const { rows, offset } = batches[done]!
            const serializedRows = [...rows]
            const protoRows = { rows: { serializedRows }, writerSchema: { protoDescriptor: descriptor } }
            const request = { writeStream: name, traceId: TRACE_ID, offset: { value: offset }, protoRows }
            refuseRows(await inTime(connection.write(request as never).getResult()), name)
          }
        } catch (error) {
          // a loader before this one came so far
          if (!FINALIZED.test((error as Error).message)) throw error
        } finally {
          connection.close()
        }
      })
    },
    finalize: (name) =>
      untilItPasses(`${name} could not be finalized`, async () => {
        const [{ rowCount }] = await callsOf().finalizeWriteStream({ name }, { timeout: CALL_MS })
        return Number(rowCount ?? 0)
      }),
    commit: (table, name) =>
      untilItPasses(`${name} could not be committed`, async () => {
        const request = { parent: parentOf(table), writeStreams: [name] }
        const [{ streamErrors }] = await callsOf().batchCommitWriteStreams(request, { timeout: CALL_MS })
        const [error] = streamErrors ?? []
        if (!error || error.code === 'STREAM_ALREADY_COMMITTED') return
        throw new StreamUseless(`${name} was not committed: ${error.errorMessage ?? error.code}`)
      }),
    close: () => client?.close(),
  }
  return streams
}

type Connection = Awaited<ReturnType<Client['createStreamConnection']>>
type Answer = Awaited<ReturnType<ReturnType<Connection['write']>['getResult']>>

/** What is wrong with a request stands in its answer. */
function refuseRows({ error, rowErrors }: Answer, name: string): void {
  const [row] = rowErrors ?? []
  if (row)
    throw new LoadError(
      'row_refused',
      `BigQuery refuses row ${String(row.index)} of a request to ${name}: ${row.message}`,
    )
  // an earlier try, or a loader before this one, put them there
  if (!error || error.code === ALREADY_EXISTS) return
  throw Object.assign(new Error(error.message ?? ''), { code: error.code })
}

/** @param ofTheStream statuses by which a stream is useless */
async function untilItPasses<T>(
  what: string,
  work: () => Promise<T>,
  ofTheStream: readonly unknown[] = OF_THE_STREAM,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (error instanceof LoadError || error instanceof StreamUseless) throw error
      if (ofTheStream.includes(codeOf(error)))
        throw new StreamUseless(`${what}: ${(error as Error).message}`, { cause: error })
      if (tries === MOST_TRIES || !MAY_PASS.includes(codeOf(error)))
        throw new LoadError('stream_failed', `${what}: ${(error as Error).message}`, { cause: error })
      await sleep(backoff(tries, PAUSES))
    }
  }
}

const DEADLINE_EXCEEDED = 4

/** A connection that answers nothing may be dead without anybody having been told. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(
      Object.assign(new Error(`no answer to an append within ${APPEND_MS} ms`), { code: DEADLINE_EXCEEDED }),
    )
  }, APPEND_MS)
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

interface SchemaField {
  readonly name?: string | null
  readonly fields?: readonly SchemaField[] | null
}

function pathsOf(fields: readonly SchemaField[], above = ''): string[] {
  return fields.flatMap(({ name, fields: inside }) => {
    const path = above + (name ?? '')
    return [path, ...pathsOf(inside ?? [], `${path}.`)]
  })
}
