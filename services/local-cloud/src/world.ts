import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { addApiRateLimit, ApiRateLimit } from './bigquery/rest/api-rate-limit.ts'
import { BytesKeeper } from './bigquery/bytes/bytes-keeper.ts'
import { Catalog } from './bigquery/catalog/catalog.ts'
import { Expirations } from './bigquery/catalog/expirations.ts'
import { ExternalTables } from './bigquery/files/external-tables.ts'
import { FileJobs } from './bigquery/jobs/file-jobs.ts'
import { Uploads } from './bigquery/jobs/uploads.ts'
import { InsertAll } from './bigquery/rows/insert-all.ts'
import { Jobs } from './bigquery/jobs/jobs.ts'
import { KnownBytes } from './bigquery/bytes/known-bytes.ts'
import { copyTables } from './bigquery/jobs/copy.ts'
import { locationOf } from './bigquery/catalog/dataset-location.ts'
import { ensureResultsDataset } from './bigquery/jobs/ensure-results-dataset.ts'
import { datasetsOf, locationOfJob } from './bigquery/jobs/job-location.ts'
import { jobRow } from './bigquery/jobs/job-row.ts'
import { QueryRunner } from './bigquery/queries/query-runner.ts'
import { QuerySessions } from './bigquery/queries/query-sessions.ts'
import { addBigQueryRest } from './bigquery/rest/rest.ts'
import { UPLOAD_PATH } from './bigquery/rest/rest-uploads.ts'
import { RowLog } from './bigquery/store/row-log.ts'
import { StreamingRange } from './bigquery/rows/streaming-range.ts'
import { Store } from './bigquery/store/store.ts'
import { subscriptionTables } from './bigquery/rows/subscription-tables.ts'
import { addEventarcRest } from './eventarc/rest.ts'
import { sqlClock } from './clock/clock.ts'
import type { Faults, Trouble } from './faults/faults.ts'
import { addHttpFaults, bigqueryPoint, objectsPoint, pubsubPoint } from './faults/http-faults.ts'
import { addGoogleErrors, httpServer } from './http-server.ts'
import { GrpcServer, type ConnectionAge } from './grpc/grpc-server.ts'
import { addPubSubServices } from './pubsub/grpc/grpc-service.ts'
import { Journal } from './pubsub/messages/journal.ts'
import { PubSub } from './pubsub/pubsub.ts'
import { addPubSubRest } from './pubsub/rest/rest.ts'
import { bigqueryObjects } from './storage/bigquery-objects.ts'
import { Buckets } from './storage/buckets.ts'
import { ObjectFiles } from './storage/object-files.ts'
import { addStorageRest } from './storage/rest.ts'
import { subscriptionFiles } from './storage/subscription-files.ts'
import type { JobRow } from './sql/views/jobs-view.ts'
import { ReadSessions } from './storage-read/sessions.ts'
import { addStorageReadService } from './storage-read/storage-read.ts'
import { addStorageWriteService } from './storage-write/storage-write.ts'

export interface WorldOptions extends ConnectionAge {
  readonly now: () => number
  readonly faults: Faults
  /** Names under which HTTP clients may call. */
  readonly hosts: readonly string[]
  /** Whether one gRPC server has all services. */
  readonly onePort: boolean
  readonly dataFolder: string | undefined
  readonly memoryMb: number | undefined
  readonly pullStreamAgeMs: number | undefined
  readonly appendIdleMs: number | undefined
  /** Breaks the connections of a gRPC server's port. */
  dropConnections(of: 'pubsub' | 'storageWrite'): void
}

/** All that there is behind the ports: what is stored, and the services over it. */
export interface World {
  readonly http: Readonly<Record<'pubsub' | 'bigquery' | 'storage', FastifyInstance>>
  /** One and the same where all is on one port. */
  readonly grpc: Readonly<Record<'pubsub' | 'storageWrite', GrpcServer>>
  /** Messages not acked yet, by subscription name. */
  backlog(): Record<string, number>
  /** Drops every topic, subscription, trigger, dataset, table, bucket and object. */
  reset(): Promise<void>
  /** Runs the work, which takes no turn of the event loop, while nothing is written. */
  still(work: () => void): Promise<void>
  /** Lets SQL see a time that is so many milliseconds ahead of the machine's. */
  setClock(offsetMs: number): Promise<void>
  /** The calls that are under way are cut. */
  close(): Promise<void>
}

/** Opens what the data folder holds, and nothing where there is none. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const { dataFolder, now, faults, hosts } = options
  const store = await Store.open(
    dataFolder === undefined ? ':memory:' : join(dataFolder, 'bigquery.duckdb'),
    {
      faults,
      now,
      memoryMb: options.memoryMb,
      ...(dataFolder !== undefined && {
        log: new RowLog(join(dataFolder, 'rows')),
        resultsFolder: join(dataFolder, 'results'),
      }),
    },
  )
  const catalog = await Catalog.open(store, now, faults)
  const files = new ObjectFiles(dataFolder === undefined ? undefined : join(dataFolder, 'storage'))
  const buckets = new Buckets(files, now)
  const cloud = new PubSub({
    now,
    tables: subscriptionTables(catalog, store),
    files: subscriptionFiles(buckets),
    faults,
    ...(dataFolder !== undefined && {
      keyFile: join(dataFolder, 'push-signing-key.pem'),
      journal: new Journal(dataFolder, { diskIsFull: () => faults.at('pubsub.disk') !== undefined }),
    }),
  })

  const pubsubGrpc = new GrpcServer(options)
  const trouble = (of: 'pubsub' | 'storageWrite'): Trouble => ({
    faults,
    dropConnections: () => options.dropConnections(of),
  })
  addPubSubServices(pubsubGrpc, cloud, trouble('pubsub'), options.pullStreamAgeMs)
  const pubsubHttp = httpServer(hosts)
  addGoogleErrors(pubsubHttp)
  addHttpFaults(pubsubHttp, faults, pubsubPoint)
  addPubSubRest(pubsubHttp, cloud)
  addEventarcRest(pubsubHttp, cloud.registry)

  const bigqueryHttp = httpServer(hosts, (url) => UPLOAD_PATH.test(url))
  addApiRateLimit(bigqueryHttp, new ApiRateLimit(now))
  addHttpFaults(bigqueryHttp, faults, bigqueryPoint)
  const objects = bigqueryObjects(buckets)
  const external = new ExternalTables(store, objects)
  const knownBytes = new KnownBytes(store)
  const bytesKeeper = new BytesKeeper({ catalog, marks: store.marks, knownBytes, now })
  const sessions = new QuerySessions({ catalog, store, now })
  const runner = new QueryRunner({
    catalog,
    store,
    external,
    knownBytes,
    sessions,
    jobs: (project): readonly JobRow[] => jobs.all(project).map(jobRow),
  })
  const fileJobs = new FileJobs({ catalog, store, objects })
  const jobs = new Jobs(
    async (project, spec, location, signal, child, job) => {
      for (const reference of datasetsOf(project, spec))
        await ensureResultsDataset(catalog, reference, location)
      if (spec.type === 'QUERY') return runner.run(project, spec.query, { location, signal, child, job })
      locationOf(catalog, datasetsOf(project, spec), location)
      if (spec.type !== 'COPY') return fileJobs.run(project, spec)
      const copiedRows = String(await copyTables({ catalog, store }, project, spec.copy))
      return { statistics: { copy: { copiedRows } } }
    },
    now,
    (project, spec, location) => locationOfJob(catalog, project, spec, location),
  )
  const uploads = new Uploads()
  const expirations = new Expirations({ catalog, store, now })
  bigqueryHttp.addHook('onRequest', () => expirations.run())
  const range = new StreamingRange(now)
  const insertAll = new InsertAll({ catalog, store, range, now })
  addBigQueryRest(bigqueryHttp, { catalog, store, jobs, runner, insertAll, external, uploads })
  const storageWriteGrpc = options.onePort ? pubsubGrpc : new GrpcServer(options)
  addStorageWriteService(storageWriteGrpc, catalog, store, trouble('storageWrite'), {
    range,
    idleMs: options.appendIdleMs,
  })
  addStorageReadService(storageWriteGrpc, new ReadSessions({ catalog, store, runner, jobs, now }))

  const storageHttp = httpServer(hosts, () => true)
  addHttpFaults(storageHttp, faults, objectsPoint)
  addStorageRest(storageHttp, buckets)

  const http = { pubsub: pubsubHttp, bigquery: bigqueryHttp, storage: storageHttp }
  for (const app of Object.values(http)) await app.ready()
  return {
    http,
    grpc: { pubsub: pubsubGrpc, storageWrite: storageWriteGrpc },
    backlog: () => cloud.registry.backlog(),
    async reset() {
      cloud.reset()
      await sessions.close()
      await catalog.reset()
      buckets.reset()
    },
    still: (work) => store.still(work),
    async setClock(offsetMs) {
      await store.write((connection) => connection.run(sqlClock(offsetMs)))
    },
    async close() {
      for (const server of new Set([pubsubGrpc, storageWriteGrpc])) server.close()
      for (const app of Object.values(http)) await app.close()
      cloud.close()
      await expirations.close()
      await bytesKeeper.close()
      await jobs.close()
      await sessions.close()
      uploads.close()
      await store.close()
      files.close()
    },
  }
}
