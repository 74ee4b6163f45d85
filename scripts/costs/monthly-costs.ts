// What an environment does, and what that costs a month at a steady rate. terraform/variables.tf says how long things are kept.
import { readFileSync } from 'node:fs'
import { CATALOGUE } from '@tablestream/contract'
import { defaultOf } from '../terraform-defaults.ts'
import { GIB, PRICE } from './prices.ts'

/** Of a month. */
const SECONDS = 30 * 24 * 3600

const variables = readFileSync(new URL('../../terraform/variables.tf', import.meta.url), 'utf8')
/** What Terraform takes for a number of days unless it is told something else, in months. */
const months = (variable: string) => defaultOf(variable) / 30

/** Days of the archive before files get cold, in months. */
const WARM = () => months('archive_coldline_after_days')

/** What table-manager sees unless Terraform is told something else. */
const [, TABLE_REQUESTS] =
  /^variable "table_requests" \{\n(?:  .*\n)*?  default += "(\w+)"$/m.exec(variables) ?? []

/** Bytes of an event, and of its message with the attributes; 1,000 is the least that a push is billed as. */
export const EVENT = 535
const MESSAGE = 900
const PUSHED = 1000
/** How long versions that are no longer the newest are kept: terraform/archive.tf. */
const VERSION_DAYS = 7
/**
 * Bytes of a message in the archive, as Avro with DEFLATE: more than one of the simulated shop takes (`test/reconcile/keys.test.ts`), as
 * others are less alike.
 */
export const ARCHIVED = 150
/** Bytes of the name of a subscription, which the record has in each row, and no query reads. */
export const SUBSCRIPTION_NAME = 72
/**
 * Bytes of a message that queries read, of the columns that each of them names: `test/reconcile/keys.test.ts` has them from dry runs over
 * messages of the simulated shop.
 */
export const READ = {
  /** The archiver copies what was published, moves the keys, and sums the ids. */
  staged: EVENT + 253,
  moved: 134,
  summed: 27,
  /** It looks for late ones. */
  lookedAt: 8,
  /** reconcile counts keys and messages, asks for types and days, and then for the ends: of archived hours by their keys, */
  counted: 54,
  typesOfKeys: 29,
  endsOfKeys: 121,
  /** of later ones by the record. */
  typesOfRecord: EVENT + 235,
  endsOfRecord: EVENT + 255,
} as const
/** The archiver looks for late messages in so many hours each time, and in each hour once a day. */
const LOOKS = () => 2 * 3 + months('published_messages_days') * 30
/** Bytes of a row that reconcile reads. */
const ROW_KEYS = 85
/** Hours that are not archived yet when somebody looks: the one that runs, and its twelve minutes; and a few for the job. */
const NOT_YET_ARCHIVED = 0.5 + 0.2 + 0.1
/** Event types of the catalogue: each has a file a minute in the archive, and all others have one. */
const TYPES = CATALOGUE.length
/** How many it had when a subscription wrote the archive of each. */
const TYPES_BEFORE = 6
const HOURS = 30 * 24
/** Folders that an hour of the archive has. */
const FOLDERS = 60 * (TYPES + 1)
/** Of the archiver, an hour: a job for each folder, 32 at a time (in-turns.ts), and the queries before them. */
const ARCHIVER_SECONDS = 60 + (FOLDERS / 32) * 6
/** How long a request to event-gateway takes, about, and the events in it: one is the dearest. */
const REQUEST_SECONDS = 0.03
const EVENTS_A_REQUEST = 1
/** How long table-manager is busy with a request that finds its column there, and with one for which a table or a column is made. */
const ASK_SECONDS = 0.01
const CHANGE_SECONDS = 2
/** Tables and columns that are new in a month, at any rate: they follow what is published, and not how often. */
const CHANGES = 20_000
/**
 * What each writer asks for one of them: once, and again after 10, 20 and 40 s, until the write path knows it; and it tells once of a table
 * that it meets. 20 types and 200 new shapes take one writer 231 requests where nothing is late (`npm run bench -- --requests 1000000`).
 */
const REQUESTS_A_CHANGE = 5
/** Seconds in which a page of the console is open, how often the ledger of the last hour is made then, and what one query may read. */
const LOOKED_SECONDS = 30 * 8 * 3600
const LEDGER_SECONDS = 600
/** So often it asks for the changes of tables (services/console/src/app.ts). */
const MARKS_SECONDS = 60
/** What BigQuery bills for a query that reads less: 10 MB (cloud.google.com/bigquery/pricing, on-demand). */
const LEAST_BYTES_BILLED = 10 * 2 ** 20
const MAX_BYTES_BILLED = 10 * GIB
/** The scaler is called once a minute (terraform/scaling.tf), asks Monitoring for three series each time, and has 1 GiB beside its CPU. */
const SCALER_CALLS = SECONDS / 60
const SCALER_SERIES = 3
/** How long it takes for a call. Nobody has measured it: three questions to Monitoring and two to Cloud Run, and now and then a change. */
const SCALER_SECONDS = 3
/** Events a second that one instance is given: of stream-writer what docs/scale.md says, of others half of what it can do. */
const writerRate = () => defaultOf('stream_writer_events')
const MANAGER_RATE = 12_000
const GATEWAY_RATE = 8000

const instances = (rate: number, each: number) => Math.max(1, Math.ceil(rate / each))
/** An instance with one CPU, always on: billed by its time, and not by its requests. */
const alwaysOn = (count: number, gib: number) =>
  count * SECONDS * (PRICE.cpuSecond + gib * PRICE.memorySecond)
/** Instances of a worker pool, with one CPU each. */
const pool = (count: number, gib: number) =>
  count * SECONDS * (PRICE.workerCpuSecond + gib * PRICE.workerMemorySecond)

/** How long table-manager is busy where it is asked for shapes, with one CPU. */
const busyAsked = (requests: number) => Math.min(SECONDS, requests * ASK_SECONDS + CHANGES * CHANGE_SECONDS)

/** table-manager where it is asked for shapes, and billed by request. */
function asked(requests: number, gib: number): number {
  const busy = busyAsked(requests)
  return requests * PRICE.request + busy * (PRICE.busyCpuSecond + gib * PRICE.busyMemorySecond)
}

/** Its instance while it is not asked, where it is kept. */
function kept(requests: number, gib: number): number {
  return (SECONDS - busyAsked(requests)) * (PRICE.idleCpuSecond + gib * PRICE.idleMemorySecond)
}

/**
 * The console: as long as a page is open an instance is busy, and asks for the ledger and for the changes of tables. A ledger that would
 * read more than a query may is refused, and costs nothing.
 */
function looked(rate: number): number {
  const bytes = rate * 3600 * (ROW_KEYS + readByRecord())
  const ledgers = bytes > MAX_BYTES_BILLED ? 0 : LOOKED_SECONDS / LEDGER_SECONDS
  const read =
    ledgers * Math.max(bytes, LEAST_BYTES_BILLED) + (LOOKED_SECONDS / MARKS_SECONDS) * LEAST_BYTES_BILLED
  return LOOKED_SECONDS * (PRICE.busyCpuSecond + PRICE.busyMemorySecond) + read * PRICE.query
}

/** The scaler of stream-writer: billed by request, by a schedule. */
function scaled(): number {
  const each =
    PRICE.request +
    SCALER_SERIES * PRICE.seriesRead +
    SCALER_SECONDS * (PRICE.busyCpuSecond + PRICE.busyMemorySecond)
  return PRICE.schedule + SCALER_CALLS * each
}

/** event-gateway as it is unless always_on names it: each request is billed, and the time in which there is one. */
function byRequest(rate: number, count: number, gib: number): number {
  const requests = rate / EVENTS_A_REQUEST
  const busySeconds = count * SECONDS * Math.min(1, (requests / count) * REQUEST_SECONDS)
  return (
    requests * SECONDS * PRICE.request + busySeconds * (PRICE.busyCpuSecond + gib * PRICE.busyMemorySecond)
  )
}

/** Rows that show another way to pay what another row has: the sum counts the cheaper one. */
const GATEWAY = ['event-gateway, billed by request', 'event-gateway, always on'] as const

/** What nobody can do without: publish once, deliver once, write the rows, keep them, run the writer. */
export const FLOOR = [
  'publish',
  'deliver to stream-writer',
  'write rows',
  'keep rows for a month',
  'stream-writer',
] as const
/** Where stream_writer_max_instances is said; it is counted in any case. */
const SCALER = 'scaler of stream-writer'
/** Beside what an environment needs: what is there where it is used. */
export const RECONCILE = 'reconcile, each day once'
const VERSIONS = 'versions of the archive for a week, if each file is written twice'
/** Where batch_schedule is said, and its job has something to do for an hour a day. */
const BATCH = 'batch-loader, an hour a day'
/** Where a policy has quarantine: table-manager counts, and what it counted lasts as long as it does. */
const QUARANTINE = 'table-manager kept for quarantine'
/** Where somebody looks at it: nobody, nothing. A page keeps a request open, and has the ledger of the last hour made. */
const CONSOLE = 'console, a page open eight hours a day'
export const BESIDE = [
  ...GATEWAY,
  'event-generator',
  QUARANTINE,
  VERSIONS,
  BATCH,
  RECONCILE,
  CONSOLE,
] as const

export interface CostOptions {
  readonly tableRequests?: string
  /** As it was: a subscription writes the archive of each type, the record is kept for 30 days, table-manager sees every event. */
  readonly before?: boolean
}

/** Dollars a month once everything is kept for as long as it is kept, by what they are for. */
export function costs(rate: number, options: CostOptions = {}): Readonly<Record<string, number>> {
  const { before = false, tableRequests = before ? 'events' : TABLE_REQUESTS } = options
  const events = rate * SECONDS
  const isAsked = tableRequests === 'shapes'
  const writers = instances(rate, writerRate())
  const requests = isAsked ? CHANGES * REQUESTS_A_CHANGE * writers : events
  const recordMonths = before ? 1 : months('published_messages_days')
  return {
    publish: events * MESSAGE * PRICE.pubsub,
    'deliver to stream-writer': events * MESSAGE * PRICE.pubsub,
    'write rows': events * EVENT * PRICE.storageWrite,
    'keep rows for a month': events * EVENT * PRICE.tableStorage,
    'stream-writer': pool(writers, 1),
    // what is asked for is published, too
    'deliver to table-manager': requests * (PUSHED + (isAsked ? MESSAGE : 0)) * PRICE.pubsub,
    // in always_on where that is cheaper: with so many requests, and where it sees every event
    'table-manager': isAsked
      ? Math.min(asked(requests, 0.5), alwaysOn(1, 0.5))
      : alwaysOn(instances(rate, MANAGER_RATE), 0.5),
    'record of what was published':
      events *
      (MESSAGE * PRICE.exported + (READ.staged + SUBSCRIPTION_NAME) * recordMonths * PRICE.tableStorage),
    ...(before ? archiveBefore(events) : archive(events)),
    // there was none
    ...(!before && { [SCALER]: scaled() }),
    [GATEWAY[0]]: byRequest(rate, instances(rate, GATEWAY_RATE), 1),
    [GATEWAY[1]]: alwaysOn(instances(rate, GATEWAY_RATE), 1),
    'event-generator': alwaysOn(1, 1),
    [QUARANTINE]: isAsked ? kept(requests, 0.5) : 0,
    // of environments whose name begins with prod: what is overwritten, by BigQuery or for late messages, stays in STANDARD
    [VERSIONS]: events * ARCHIVED * (VERSION_DAYS / 30) * PRICE.bucketStorage,
    [BATCH]: PRICE.schedule + 30 * 3600 * (PRICE.cpuSecond + PRICE.memorySecond),
    [RECONCILE]: events * (ROW_KEYS + (before ? readByRecord() : readByKeys())) * PRICE.query,
    [CONSOLE]: looked(rate),
  }
}

const readByRecord = () => READ.typesOfRecord + READ.endsOfRecord

function readByKeys(): number {
  const late = NOT_YET_ARCHIVED / 24
  const byKeys = READ.typesOfKeys + READ.endsOfKeys
  return READ.counted + (1 - late) * byKeys + late * readByRecord()
}

function archive(events: number) {
  const files = HOURS * FOLDERS
  const cold = months('archive_days') - WARM()
  return {
    'archive: the record is read once':
      events * (READ.staged + READ.summed + LOOKS() * READ.lookedAt) * PRICE.query,
    'keys of what was published':
      events * READ.moved * (PRICE.query + months('published_messages_days') * PRICE.tableStorage),
    'archive: its files':
      events * ARCHIVED * (WARM() * PRICE.bucketStorage + cold * PRICE.coldStorage) +
      files * (PRICE.objectMade + PRICE.objectCold),
    archiver: PRICE.schedule + HOURS * ARCHIVER_SECONDS * (PRICE.cpuSecond + 0.5 * PRICE.memorySecond),
  }
}

/** The first subscription writes what the others' filters pass over. */
function archiveBefore(events: number) {
  const written = PRICE.exported + (TYPES_BEFORE - 1) * PRICE.pubsub
  return { archive: events * MESSAGE * (written + months('archive_days') * PRICE.bucketStorage) }
}
