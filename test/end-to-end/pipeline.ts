import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalCloud, type LocalCloud, type LocalCloudOptions } from '@tablestream/local-cloud'
import {
  TRIGGER_TOPIC,
  type LocalResources,
  type TableRequests,
} from '../../scripts/start/local-resources.ts'
import { poll } from '../../scripts/poll.ts'
import { ServiceProcess } from '../../scripts/start/service-process.ts'
import { startBalancer } from './balancer.ts'
import { openClients, type Clients } from './clients.ts'
import { createDevResources, PROJECT } from './dev-resources.ts'
import { bridgeEvents } from './eventarc-bridge.ts'
import { freePorts } from './free-ports.ts'

export { PROJECT }
export const DATASET = 'dev_events_dataset'

export interface Pipeline {
  readonly cloud: LocalCloud
  readonly clients: Clients
  readonly tableManager: ServiceProcess
  readonly streamWriter: ServiceProcess
  /** All of them, the first ones included. */
  readonly tableManagers: readonly ServiceProcess[]
  readonly streamWriters: readonly ServiceProcess[]
  readonly eventGenerator: ServiceProcess
  readonly generatorUrl: string
  readonly eventGateway: ServiceProcess
  readonly gatewayUrl: string
  readonly writerUrl: string
  /** Of all of them, in the order of `streamWriters`. */
  readonly writerUrls: readonly string[]
  /** Where Eventarc delivers to. */
  readonly managerUrl: string
  isSettled(): boolean | Promise<boolean>
  /** What the services logged, for the message of a failed test. */
  logs(): string
  close(): Promise<void>
}

type PipelineService = 'table-manager' | 'stream-writer' | 'event-generator' | 'event-gateway'
/** Those that make a row of what is published. */
const THE_WAY: readonly PipelineService[] = ['table-manager', 'stream-writer']
/** And whoever makes events. */
export const WITH_GENERATOR: readonly PipelineService[] = [...THE_WAY, 'event-generator']

export interface PipelineOptions {
  /** Variables for the services, over those of the pipeline. */
  readonly env?: Readonly<Record<string, string>>
  /** Host and port of another Pub/Sub than local-cloud's, which then pushes no events to table-manager by itself. */
  readonly pubsubHost?: string
  readonly resources?: Partial<LocalResources>
  /** What table-manager sees: `shapes`, where nothing is said. */
  readonly tableRequests?: TableRequests
  /** How many table-managers and stream-writers there are. */
  readonly instances?: number
  readonly cloud?: Omit<LocalCloudOptions, 'dataFolder'>
  /** A folder with the bundles of the services, by their names: they run instead of the sources. BUNDLES, where nothing is said. */
  readonly bundles?: string | undefined
  /** table-manager and stream-writer, where nothing is said. */
  readonly services?: readonly PipelineService[]
}

/** The folder of a service's bundle, where there are bundles: they start in half of the time. `npm test` makes some, and sets BUNDLES. */
export const bundleOf = (service: string, bundles = process.env['BUNDLES']): string | undefined =>
  bundles === undefined ? undefined : join(bundles, service)

/** The whole pipeline on free ports: local-cloud in this process, each service in a process of its own. */
export async function startPipeline(options: PipelineOptions = {}): Promise<Pipeline> {
  const folder = mkdtempSync(join(tmpdir(), 'tablestream-'))
  const log = join(folder, 'services.log')
  const output = openSync(log, 'a')
  const cloud = await startLocalCloud({ ...options.cloud, dataFolder: join(folder, 'data') })
  const { instances = 1, tableRequests = 'shapes' } = options
  const [generatorPort, gatewayPort, ...ports] = await freePorts(2 + 2 * instances)
  const managerPorts = ports.slice(0, instances)
  const writerPorts = ports.slice(instances)
  const balancer = await startBalancer(managerPorts)
  const managerUrl = instances === 1 ? `http://127.0.0.1:${managerPorts[0]}/` : balancer.url
  const pubsubHost = options.pubsubHost ?? `127.0.0.1:${cloud.pubsubPort}`
  const pubsubUrl = `http://${pubsubHost}`
  const env = {
    ...cloud.environment,
    PUBSUB_EMULATOR_HOST: pubsubHost,
    PROJECT_ID: PROJECT,
    HOST: '127.0.0.1',
    TABLE_REQUESTS: tableRequests,
    ...options.env,
  }
  await createDevResources(cloud, {
    tableRequests,
    pubsubUrl,
    // nobody listens there where the service is not started: each push would fail, and come again
    ...(options.pubsubHost === undefined &&
      (options.services?.includes('table-manager') ?? true) && { tableManagerUrl: managerUrl }),
    ...(options.pubsubHost !== undefined && { bigquerySubscriptions: false }),
    ...(options.env?.['TYPE_FIELD'] !== undefined && { typeField: options.env['TYPE_FIELD'] }),
    // what was given back comes again sooner than in the cloud
    minimumBackoff: '1s',
    maximumBackoff: '2s',
    ...options.resources,
  })
  const service = (name: string, port: number) =>
    new ServiceProcess({
      name,
      output,
      bundle: bundleOf(name, options.bundles),
      keepsCode: options.bundles === undefined,
      env: { ...env, PORT: String(port) },
      readyUrl: `http://127.0.0.1:${port}/readiness`,
    })
  const tableManagers = managerPorts.map((port) => service('table-manager', port))
  const streamWriters = writerPorts.map((port) => service('stream-writer', port))
  const eventGenerator = service('event-generator', generatorPort!)
  const eventGateway = service('event-gateway', gatewayPort!)
  const all = [...tableManagers, ...streamWriters, eventGenerator, eventGateway]
  const wanted: readonly string[] = options.services ?? THE_WAY
  const started = all.filter(({ name }) => wanted.includes(name))
  const clients = openClients({ projectId: PROJECT, pubsubHost, cloud })
  // Google's emulator has no Eventarc
  const bridge =
    options.pubsubHost === undefined
      ? undefined
      : await bridgeEvents(PROJECT, options.pubsubHost, TRIGGER_TOPIC[tableRequests], managerUrl)
  const close = async () => {
    await bridge?.close()
    await balancer.close()
    await Promise.all(all.map((each) => each.stop()))
    await clients.close()
    await cloud.close()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    for (const each of started) each.start()
    await Promise.all(started.map((each) => each.ready()))
  } catch (error) {
    console.error(readFileSync(log, 'utf8'))
    await close()
    throw error
  }
  const generatorUrl = `http://127.0.0.1:${generatorPort}`
  const writerUrls = writerPorts.map((port) => `http://127.0.0.1:${port}`)
  const writerUrl = writerUrls[0]!
  return {
    cloud,
    clients,
    tableManager: tableManagers[0]!,
    streamWriter: streamWriters[0]!,
    tableManagers,
    streamWriters,
    eventGenerator,
    generatorUrl,
    eventGateway,
    gatewayUrl: `http://127.0.0.1:${gatewayPort}`,
    writerUrl,
    writerUrls,
    managerUrl,
    isSettled: () => (bridge ? allCounted(clients, generatorUrl, writerUrl) : emptyBacklog(cloud)),
    logs: () => readFileSync(log, 'utf8'),
    close,
  }
}

/** Of a log, where a test fails: characters. */
const LOG_SHOWN = 20_000

/** Waits until every message that was published has its end. */
export async function settled(pipeline: Pipeline, timeoutMs = 120_000): Promise<void> {
  try {
    await poll(async () => ((await pipeline.isSettled()) ? true : undefined), {
      timeoutMs,
      what: 'every message settled',
    })
  } catch (error) {
    // what is waited for, and why, stands here or nowhere
    console.error(pipeline.logs().slice(-LOG_SHOWN))
    console.error(await fetch(`${pipeline.writerUrl}/metrics`).then((answer) => answer.text(), String))
    throw error
  }
}

/** Nothing is left on the writer's subscription. */
function emptyBacklog(cloud: LocalCloud): boolean {
  return cloud.backlog()[`projects/${PROJECT}/subscriptions/backend-events-topic-sub`] === 0
}

/** The writer has settled as many messages as were published: for a Pub/Sub that does not tell its backlog. */
async function allCounted(clients: Clients, generatorUrl: string, writerUrl: string): Promise<boolean> {
  const generated = await sumOfMetric(generatorUrl, 'tablestream_events_published_total')
  const landed = await sumOfMetric(writerUrl, 'tablestream_events_landed_total')
  const deadLettered = await sumOfMetric(writerUrl, 'tablestream_events_dead_lettered_total')
  return landed + deadLettered >= generated + clients.published()
}

/** A counter of a service, summed over its labels. */
export async function sumOfMetric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const samples = text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}

/** Waits for what table-manager makes beside a table, a moment after the table itself. */
export async function viewOf({ clients }: Pipeline, table: string): Promise<string> {
  const view = `${DATASET}.${table}_deduplicated`
  await poll(async () => clients.count(`SELECT COUNT(*) FROM ${view}`), { timeoutMs: 60_000, what: view })
  return view
}
