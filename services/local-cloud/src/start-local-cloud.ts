import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import { addApiRateLimit, ApiRateLimit } from './bigquery/api-rate-limit.ts'
import { Catalog } from './bigquery/catalog.ts'
import { Expirations } from './bigquery/expirations.ts'
import { ExternalTables } from './bigquery/files/external-tables.ts'
import { FileJobs } from './bigquery/files/file-jobs.ts'
import { Uploads } from './bigquery/files/uploads.ts'
import { InsertAll } from './bigquery/insert-all.ts'
import { Jobs } from './bigquery/jobs.ts'
import { copyTables } from './bigquery/copy.ts'
import { datasetsOf, locationOf, locationOfJob } from './bigquery/job-location.ts'
import { QueryRunner } from './bigquery/query-runner.ts'
import { addBigQueryRest } from './bigquery/rest.ts'
import { UPLOAD_PATH } from './bigquery/rest-uploads.ts'
import { RowLog } from './bigquery/row-log.ts'
import { StreamingRange } from './bigquery/streaming-range.ts'
import { Store } from './bigquery/store.ts'
import { subscriptionTables } from './bigquery/subscription-tables.ts'
import { addEventarcRest } from './eventarc/rest.ts'
import { Faults, type InjectedFaults, type Trouble } from './faults/faults.ts'
import type { FaultPlan } from './faults/fault-plan.ts'
import {
  addFaultsRest,
  addHttpFaults,
  bigqueryPoint,
  objectsPoint,
  pubsubPoint,
} from './faults/http-faults.ts'
import { toGoogleError, unsupported } from './google-error.ts'
import { addHttpGuard } from './http-guard.ts'
import { grpcServer, LARGEST_REQUEST, type ConnectionAge } from './grpc-server.ts'
import { openPort, type OpenPort } from './port.ts'
import { addPubSubServices } from './pubsub/grpc-service.ts'
import { Journal } from './pubsub/journal.ts'
import { PubSub } from './pubsub/pubsub.ts'
import { addPubSubRest } from './pubsub/rest.ts'
import { bigqueryObjects } from './storage/bigquery-objects.ts'
import { Buckets } from './storage/buckets.ts'
import { ObjectFiles } from './storage/object-files.ts'
import { addStorageRest } from './storage/rest.ts'
import { subscriptionFiles } from './storage/subscription-files.ts'
import { ReadSessions } from './storage-read/sessions.ts'
import { addStorageReadService } from './storage-read/storage-read.ts'
import { addStorageWriteService } from './storage-write/storage-write.ts'

export interface LocalCloudOptions extends ConnectionAge {
  readonly host?: string
  /** Names under which HTTP clients may call it, besides this machine's own and `host`. */
  readonly allowedHosts?: readonly string[]
  /** Pub/Sub (gRPC and REST) and Eventarc. 0 takes a free port. */
  readonly pubsubPort?: number
  /** BigQuery REST. */
  readonly bigqueryPort?: number
  /** BigQuery Storage Write, gRPC. */
  readonly storageWritePort?: number
  /** Cloud Storage, REST. */
  readonly storagePort?: number
  /** Where tables, objects and unsettled messages are kept; absent: in memory, gone with the process. */
  readonly dataFolder?: string
  /** MB of memory that queries and tables take at most; absent: half of what there is. */
  readonly memoryMb?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** What goes wrong, from the start. */
  readonly faults?: FaultPlan
  /** When a streaming pull ends, in milliseconds. */
  readonly pullStreamAgeMs?: number
  /** How long an AppendRows stream may be silent, in milliseconds. */
  readonly appendIdleMs?: number
}

export interface LocalCloud {
  readonly pubsubPort: number
  readonly bigqueryPort: number
  readonly storageWritePort: number
  readonly storagePort: number
  /** What a client's process needs in its environment to find this instance. */
  readonly environment: Readonly<Record<string, string>>
  readonly faults: FaultInjection
  /** Messages not acked yet, by subscription name. */
  backlog(): Record<string, number>
  /** Drops every topic, subscription, trigger, dataset, table, bucket and object. */
  reset(): Promise<void>
  close(): Promise<void>
}

/** Lets things go wrong: services/local-cloud/README.md. */
export interface FaultInjection {
  /** @throws Error that names what is wrong with the plan */
  set(plan: FaultPlan): void
  clear(): void
  /** How often each rule of the plan struck. */
  injected(): readonly InjectedFaults[]
}

/** Starts Pub/Sub, Eventarc, BigQuery and Cloud Storage in this process. */
export async function startLocalCloud(options: LocalCloudOptions = {}): Promise<LocalCloud> {
  const { host = '127.0.0.1', allowedHosts = [], dataFolder, now = Date.now } = options
  if (dataFolder !== undefined) mkdirSync(dataFolder, { recursive: true })
  const faults = new Faults(now)
  if (options.faults !== undefined) faults.set(options.faults)
  const store = await Store.open(
    dataFolder === undefined ? ':memory:' : join(dataFolder, 'bigquery.duckdb'),
    {
      faults,
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

  const pubsubGrpc = grpcServer(options)
  const opened: OpenPort[] = []
  const trouble = (port: number): Trouble => ({
    faults,
    dropConnections: () => opened[port]?.dropConnections(),
  })
  addPubSubServices(pubsubGrpc, cloud, trouble(0), options.pullStreamAgeMs)
  const hosts = [host, ...allowedHosts]
  const pubsubHttp = httpServer(hosts)
  addGoogleErrors(pubsubHttp)
  addFaultsRest(pubsubHttp, faults)
  addHttpFaults(pubsubHttp, faults, pubsubPoint)
  addPubSubRest(pubsubHttp, cloud)
  addEventarcRest(pubsubHttp, cloud.registry)

  const bigqueryHttp = httpServer(hosts, (url) => UPLOAD_PATH.test(url))
  addApiRateLimit(bigqueryHttp, new ApiRateLimit(now))
  addHttpFaults(bigqueryHttp, faults, bigqueryPoint)
  const objects = bigqueryObjects(buckets)
  const external = new ExternalTables(store, objects)
  const runner = new QueryRunner(catalog, store, external)
  const fileJobs = new FileJobs({ catalog, store, objects })
  const jobs = new Jobs(
    async (project, spec, location, signal) => {
      if (spec.type === 'QUERY') return runner.run(project, spec.query, location, signal)
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
  const storageWriteGrpc = grpcServer(options)
  addStorageWriteService(storageWriteGrpc, catalog, store, trouble(2), {
    range,
    idleMs: options.appendIdleMs,
  })
  addStorageReadService(storageWriteGrpc, new ReadSessions({ catalog, store, runner, now }))

  const storageHttp = httpServer(hosts, () => true)
  addHttpFaults(storageHttp, faults, objectsPoint)
  storageHttp.get('/', () => 'Ok\n')
  addStorageRest(storageHttp, buckets)

  const close = async () => {
    for (const port of opened) await port.close()
    cloud.close()
    await expirations.close()
    await jobs.idle()
    uploads.close()
    await store.close()
    files.close()
  }
  try {
    opened.push(await openPort(host, options.pubsubPort ?? 0, { grpc: pubsubGrpc, http: pubsubHttp }))
    opened.push(await openPort(host, options.bigqueryPort ?? 0, { http: bigqueryHttp }))
    opened.push(await openPort(host, options.storageWritePort ?? 0, { grpc: storageWriteGrpc }))
    opened.push(await openPort(host, options.storagePort ?? 0, { http: storageHttp }))
  } catch (error) {
    await close()
    throw error
  }
  const ports = opened.map(({ port }) => port) as [number, number, number, number]
  const [pubsubPort, bigqueryPort, storageWritePort, storagePort] = ports
  return {
    pubsubPort,
    bigqueryPort,
    storageWritePort,
    storagePort,
    environment: {
      PUBSUB_EMULATOR_HOST: `${host}:${pubsubPort}`,
      BIGQUERY_EMULATOR_HOST: `http://${host}:${bigqueryPort}`,
      STORAGE_WRITE_ENDPOINT: `http://${host}:${storageWritePort}`,
      STORAGE_EMULATOR_HOST: `http://${host}:${storagePort}`,
      // Google's clients look for a metadata server otherwise, and print a warning when there is none
      METADATA_SERVER_DETECTION: 'none',
    },
    faults: {
      set: (plan) => faults.set(plan),
      clear: () => faults.clear(),
      injected: () => faults.injected(),
    },
    backlog: () => cloud.registry.backlog(),
    async reset() {
      cloud.reset()
      await catalog.reset()
      buckets.reset()
    },
    close,
  }
}

function httpServer(hosts: readonly string[], takesBytes?: (url: string) => boolean): FastifyInstance {
  const app = Fastify({
    bodyLimit: LARGEST_REQUEST,
    forceCloseConnections: true,
    // a name of an object has 1,024 bytes, each of them three characters in a URL
    routerOptions: { maxParamLength: 4000 },
  })
  addHttpGuard(app, hosts, takesBytes)
  // clients send an empty body with a JSON content type
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? {} : JSON.parse(body as string))
    } catch (error) {
      done(Object.assign(error as Error, { statusCode: 400 }))
    }
  })
  return app
}

function addGoogleErrors(app: FastifyInstance): void {
  app.get('/', () => 'Ok\n')
  app.setErrorHandler((error, _request, reply) => {
    const badBody = (error as { statusCode?: number }).statusCode === 400
    const { httpStatus, status, message, info } = toGoogleError(error)
    const [code, name] = badBody ? [400, 'INVALID_ARGUMENT'] : [httpStatus, status]
    const details = info && [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', ...info }]
    void reply.code(code).send({ error: { code, message, status: name, ...(details && { details }) } })
  })
  app.setNotFoundHandler((request) => {
    throw unsupported(`${request.method} ${request.url.split('?')[0]}`)
  })
}
