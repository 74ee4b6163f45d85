import { mkdirSync } from 'node:fs'
import { CallJournal } from './calls/call-journal.ts'
import { observeCalls } from './calls/observe-calls.ts'
import { addJournalRest } from './calls/rest.ts'
import { Clock } from './clock/clock.ts'
import { addClockRest } from './clock/rest.ts'
import { addFaultsRest } from './faults/http-faults.ts'
import { Faults, type InjectedFaults } from './faults/faults.ts'
import type { FaultPlan } from './faults/fault-plan.ts'
import type { ConnectionAge } from './grpc-server.ts'
import { addGoogleErrors, httpServer } from './http-server.ts'
import { Ports, type PortNumbers } from './ports.ts'
import { openWorld } from './world.ts'

export interface LocalCloudOptions extends ConnectionAge {
  readonly host?: string
  /** Names under which HTTP clients may call it, besides this machine's own and `host`. */
  readonly allowedHosts?: readonly string[]
  /** One port for everything, in place of the four below; 0 takes a free one. */
  readonly port?: number
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
  /** Calls that the journal keeps; 10,000 where nobody says. */
  readonly journalCalls?: number
  /** How long an AppendRows stream may be silent, in milliseconds. */
  readonly appendIdleMs?: number
}

export interface LocalCloud extends PortNumbers {
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

const JOURNAL_CALLS = 10_000

/** Starts Pub/Sub, Eventarc, BigQuery and Cloud Storage in this process. */
export async function startLocalCloud(options: LocalCloudOptions = {}): Promise<LocalCloud> {
  const { host = '127.0.0.1', allowedHosts = [], dataFolder, journalCalls = JOURNAL_CALLS } = options
  const clock = new Clock(options.now ?? Date.now)
  const { now } = clock
  if (dataFolder !== undefined) mkdirSync(dataFolder, { recursive: true })
  const faults = new Faults(now)
  if (options.faults !== undefined) faults.set(options.faults)
  const hosts = [host, ...allowedHosts]
  const admin = httpServer(hosts)
  addGoogleErrors(admin)
  addFaultsRest(admin, faults)
  const journal = new CallJournal(journalCalls, now)
  addJournalRest(admin, journal)
  addClockRest(admin, clock, () => world.setClock(clock.offsetMs))
  await admin.ready()
  const ports = new Ports(admin, observeCalls(journal))
  const world = await openWorld({
    ...options,
    now,
    faults,
    hosts,
    dataFolder,
    memoryMb: options.memoryMb,
    pullStreamAgeMs: options.pullStreamAgeMs,
    appendIdleMs: options.appendIdleMs,
    onePort: options.port !== undefined,
    dropConnections: (of) => ports.dropConnections(of),
  })
  // a kill may have left another time in the file
  if (dataFolder !== undefined) await world.setClock(clock.offsetMs)
  const close = async () => {
    await ports.close()
    await world.close()
    await admin.close()
  }
  try {
    await ports.open(host, options)
  } catch (error) {
    await close()
    throw error
  }
  ports.serve(world)
  return {
    ...ports.numbers,
    environment: environmentOf(host, ports.numbers),
    faults: {
      set: (plan) => faults.set(plan),
      clear: () => faults.clear(),
      injected: () => faults.injected(),
    },
    backlog: () => world.backlog(),
    reset: () => world.reset(),
    close,
  }
}

function environmentOf(host: string, numbers: PortNumbers): Readonly<Record<string, string>> {
  return {
    PUBSUB_EMULATOR_HOST: `${host}:${numbers.pubsubPort}`,
    BIGQUERY_EMULATOR_HOST: `http://${host}:${numbers.bigqueryPort}`,
    STORAGE_WRITE_ENDPOINT: `http://${host}:${numbers.storageWritePort}`,
    STORAGE_EMULATOR_HOST: `http://${host}:${numbers.storagePort}`,
    // Google's clients look for a metadata server otherwise, and print a warning when there is none
    METADATA_SERVER_DETECTION: 'none',
  }
}
