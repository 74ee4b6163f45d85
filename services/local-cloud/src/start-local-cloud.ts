import { CallJournal, type Call, type CallFilter } from './calls/call-journal.ts'
import { observeCalls } from './calls/observe-calls.ts'
import { addJournalRest } from './calls/rest.ts'
import { Clock } from './clock/clock.ts'
import { addClockRest } from './clock/rest.ts'
import { environmentOf } from './environment.ts'
import { addFaultsRest } from './faults/http-faults.ts'
import { Faults, type InjectedFaults } from './faults/faults.ts'
import { readFaultPlan, type FaultPlan } from './faults/fault-plan.ts'
import type { ConnectionAge } from './grpc/grpc-server.ts'
import { addGoogleErrors, httpServer } from './http-server.ts'
import { makeFolder } from './make-folder.ts'
import type { Seed } from './seed/seed-file.ts'
import { sow } from './seed/sow.ts'
import { addSnapshotsRest } from './snapshots/rest.ts'
import { Snapshots } from './snapshots/snapshots.ts'
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
  /** What is there from the start; readSeed reads it from a file. */
  readonly seed?: Seed
  /** Calls that the journal keeps; 10,000 where nobody says. */
  readonly journalCalls?: number
  /** How long an AppendRows stream may be silent, in milliseconds. */
  readonly appendIdleMs?: number
}

export interface LocalCloud extends PortNumbers {
  /** What a client's process needs in its environment to find this instance. */
  readonly environment: Readonly<Record<string, string>>
  readonly faults: FaultInjection
  readonly clock: MovableClock
  /** Named states of everything; they need a data folder. */
  readonly snapshots: Pick<Snapshots, 'list' | 'save' | 'restore' | 'delete' | 'branch' | 'endBranch'>
  /** The last calls that were, in their order. */
  calls(filter?: CallFilter): readonly Call[]
  /** Messages not acked yet, by subscription name. */
  backlog(): Record<string, number>
  /** Drops every topic, subscription, trigger, dataset, table, bucket and object. */
  reset(): Promise<void>
  close(): Promise<void>
}

/** The time as everything here takes it, in milliseconds since 1970. */
export interface MovableClock {
  now(): number
  set(timeMs: number): Promise<void>
  advance(ms: number): Promise<void>
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
  if (dataFolder !== undefined) makeFolder(dataFolder)
  const faults = new Faults(now)
  // what is wrong with a plan is told before anything is opened, and the seed is sown before anything goes wrong
  const faultsLater = options.faults && readFaultPlan(options.faults)
  const hosts = [host, ...allowedHosts]
  const admin = httpServer(hosts)
  addGoogleErrors(admin)
  addFaultsRest(admin, faults)
  const journal = new CallJournal(journalCalls, now)
  addJournalRest(admin, journal)
  addClockRest(admin, clock, () => world.setClock(clock.offsetMs))
  const ports = new Ports(admin, observeCalls(journal))
  const open = async () => {
    const opened = await openWorld({
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
    // SQL's clock is in the file: a kill may have left another one
    if (dataFolder !== undefined) await opened.setClock(clock.offsetMs)
    return opened
  }
  const snapshots = new Snapshots(dataFolder, {
    still: (work) => world.still(work),
    async swap(work, but) {
      ports.pause(but)
      await world.close()
      work()
      world = await open()
      ports.serve(world)
    },
    open: (folder) => startLocalCloud(branchOptions(options, folder, now)),
  })
  addSnapshotsRest(admin, snapshots)
  await admin.ready()
  let world = await open()
  const close = async () => {
    await ports.close()
    await snapshots.close()
    await world.close()
    await admin.close()
  }
  try {
    if (options.seed) await sow(options.seed, world)
    if (faultsLater) faults.set(faultsLater)
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
    clock: {
      now,
      set(timeMs) {
        clock.set(timeMs)
        return world.setClock(clock.offsetMs)
      },
      advance(ms) {
        clock.advance(ms)
        return world.setClock(clock.offsetMs)
      },
    },
    snapshots,
    calls: (filter) => journal.find(filter),
    backlog: () => world.backlog(),
    reset: () => world.reset(),
    close,
  }
}

/** A branch begins at this one's time, and has ports that are free. */
function branchOptions(options: LocalCloudOptions, dataFolder: string, now: () => number): LocalCloudOptions {
  const {
    seed: _seed,
    port,
    pubsubPort: _1,
    bigqueryPort: _2,
    storageWritePort: _3,
    storagePort: _4,
    ...same
  } = options
  return { ...same, dataFolder, now, ...(port !== undefined && { port: 0 }) }
}
