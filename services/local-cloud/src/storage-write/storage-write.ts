import type { Catalog } from '../bigquery/catalog/catalog.ts'
import { LineWriter } from '../bigquery/table/line-writer.ts'
import type { StreamingRange } from '../bigquery/rows/streaming-range.ts'
import type { Store } from '../bigquery/store/store.ts'
import { withFault } from '../faults/call-faults.ts'
import type { Trouble } from '../faults/faults.ts'
import type { Call } from '../grpc/call.ts'
import type { GrpcServer } from '../grpc/grpc-server.ts'
import { AppendStream } from './append-stream.ts'
import { storageService, type AppendRowsRequest, type AppendRowsResponse } from './messages.ts'
import { StreamMethods, unary, type StreamRequest } from './stream-methods.ts'

// Google ends a stream that is silent for so long
const IDLE_MS = 600_000

/** Adds google.cloud.bigquery.storage.v1.BigQueryWrite. */
export function addStorageWriteService(
  server: GrpcServer,
  catalog: Catalog,
  store: Store,
  trouble: Trouble,
  { range, idleMs = IDLE_MS }: { readonly range: StreamingRange; readonly idleMs?: number | undefined },
): void {
  const { tables, streams } = catalog
  const services = { tables, streams, store, lines: new LineWriter(), trouble, range, idleMs }
  const methods = new StreamMethods(catalog)
  const stream = (work: (request: StreamRequest) => Promise<object>) =>
    unary((request) =>
      withFault(trouble.faults.at('storage.stream'), () => work(request), trouble.dropConnections),
    )
  server.addService(storageService('BigQueryWrite'), {
    appendRows: (call: Call<AppendRowsRequest, AppendRowsResponse>) =>
      new AppendStream(call, services).start(),
    getWriteStream: unary((request) => {
      const fault = trouble.faults.at('storage.read')
      return withFault(fault, () => methods.get(request), trouble.dropConnections)
    }),
    createWriteStream: stream((request) => methods.create(request)),
    finalizeWriteStream: stream((request) => methods.finalize(request)),
    batchCommitWriteStreams: stream((request) => methods.commit(request)),
    flushRows: stream((request) => methods.flush(request)),
  })
}
