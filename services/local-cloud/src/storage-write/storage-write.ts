import type * as grpc from '@grpc/grpc-js'
import { LineWriter } from '../bigquery/line-writer.ts'
import type { StreamingRange } from '../bigquery/streaming-range.ts'
import type { Store } from '../bigquery/store.ts'
import type { Tables } from '../bigquery/tables.ts'
import { withFault } from '../faults/call-faults.ts'
import type { Trouble } from '../faults/faults.ts'
import { unsupported } from '../google-error.ts'
import { AppendStream } from './append-stream.ts'
import { openTable, toFailure } from './default-stream.ts'
import {
  bigQueryWriteService,
  tableSchema,
  type AppendRowsRequest,
  type AppendRowsResponse,
} from './messages.ts'

// Google ends a stream that is silent for so long
const IDLE_MS = 600_000

/** Adds google.cloud.bigquery.storage.v1.BigQueryWrite: the default stream; every other kind is refused by name. */
export function addStorageWriteService(
  server: grpc.Server,
  tables: Tables,
  store: Store,
  trouble: Trouble,
  { range, idleMs = IDLE_MS }: { readonly range: StreamingRange; readonly idleMs?: number | undefined },
): void {
  const services = { tables, store, lines: new LineWriter(), trouble, range, idleMs }
  const refuse =
    (method: string): grpc.handleUnaryCall<unknown, unknown> =>
    (_call, callback) =>
      callback(unsupported(`BigQueryWrite.${method} (the default stream needs none)`))
  const describe = ({ name = '', view }: { name?: string; view?: string }) => {
    const table = openTable(tables, name, 'GetWriteStream')
    const schema = view === 'FULL' ? { tableSchema: tableSchema(table.fields) } : {}
    const { creationTime } = table
    const createTime = {
      seconds: String(Math.floor(creationTime / 1000)),
      nanos: (creationTime % 1000) * 1_000_000,
    }
    return { name, type: 'COMMITTED', createTime, writeMode: 'INSERT', location: 'us', ...schema }
  }
  const getWriteStream: grpc.handleUnaryCall<{ name?: string; view?: string }, object> = (call, callback) => {
    const { faults, dropConnections } = trouble
    withFault(faults.at('storage.read'), () => describe(call.request), dropConnections).then(
      (answer) => callback(null, answer),
      (error: unknown) => callback(toFailure(error, call.request.name ?? '')),
    )
  }
  server.addService(bigQueryWriteService(), {
    appendRows: (call: grpc.ServerDuplexStream<AppendRowsRequest, AppendRowsResponse>) =>
      new AppendStream(call, services).start(),
    getWriteStream,
    createWriteStream: refuse('CreateWriteStream'),
    finalizeWriteStream: refuse('FinalizeWriteStream'),
    batchCommitWriteStreams: refuse('BatchCommitWriteStreams'),
    flushRows: refuse('FlushRows'),
  })
}
