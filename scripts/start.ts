// `npm start`: the whole pipeline on this machine, each service in its own process, until Ctrl-C.
import { createHash } from 'node:crypto'
import net from 'node:net'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createLocalResources } from './local-resources.ts'
import { ServiceProcess } from './service-process.ts'

const PROJECT = process.env['PROJECT_ID'] || 'tablestream-local'
const ENVIRONMENT = process.env['ENVIRONMENT'] || 'dev'
const REGION = process.env['REGION'] || 'us-central1'
const PORTS = {
  'event-generator': 8080,
  'table-manager': 8081,
  'stream-writer': 8082,
  'event-gateway': 8083,
  'Pub/Sub': 8085,
  BigQuery: 9050,
  'Storage Write': 9060,
}
/** The key that event-gateway takes on this machine. */
const LOCAL_KEY = 'local'
const RESTART_MS = 1000
const MOST_RESTARTS = 5

const root = fileURLToPath(new URL('..', import.meta.url))
const data = join(root, '.local')

const { values } = parseArgs({
  options: {
    fresh: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

const say = (line: string): void => console.log(`tablestream: ${line}`)

const environment = {
  PROJECT_ID: PROJECT,
  ENVIRONMENT,
  REGION,
  HOST: '127.0.0.1',
  PUBSUB_EMULATOR_HOST: `127.0.0.1:${PORTS['Pub/Sub']}`,
  BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:${PORTS.BigQuery}`,
  STORAGE_WRITE_ENDPOINT: `http://127.0.0.1:${PORTS['Storage Write']}`,
  METADATA_SERVER_DETECTION: 'none',
  API_KEYS: JSON.stringify({ local: { sha256: createHash('sha256').update(LOCAL_KEY).digest('hex') } }),
}

const restarts = new Map<string, number>()
let stopping = false

const cloud: ServiceProcess = supervised({
  name: 'local-cloud',
  entry: 'src/cli.ts',
  args: ['--data', data],
  readyUrl: `http://127.0.0.1:${PORTS['Pub/Sub']}/`,
  env: {},
})
const services = (['table-manager', 'stream-writer', 'event-generator', 'event-gateway'] as const).map(
  (name) =>
    supervised({
      name,
      args: [],
      readyUrl: `http://127.0.0.1:${PORTS[name]}/readiness`,
      env: { ...environment, PORT: String(PORTS[name]) },
    }),
)

function supervised(options: {
  name: string
  entry?: string
  args: readonly string[]
  readyUrl: string
  env: Readonly<Record<string, string>>
}): ServiceProcess {
  const started: ServiceProcess = new ServiceProcess({
    ...options,
    output: 'inherit',
    died(code, signal) {
      if (stopping) return
      const count = (restarts.get(options.name) ?? 0) + 1
      restarts.set(options.name, count)
      if (count > MOST_RESTARTS) {
        say(`${options.name} ended ${count} times; giving up`)
        void stop(1)
        return
      }
      say(`${options.name} ended (${signal ?? `exit code ${code}`}); starting it again`)
      setTimeout(() => !stopping && started.start(), RESTART_MS)
    },
  })
  return started
}

/** Services first, so that what they hold can still be settled; then the cloud under them. */
async function stop(exitCode: number): Promise<void> {
  if (stopping) return
  stopping = true
  say('stopping')
  await Promise.all(services.map((service) => service.stop()))
  await cloud.stop(1500)
  say('stopped')
  process.exit(exitCode)
}

async function start(): Promise<void> {
  const [taken] = await takenPorts()
  if (taken) throw new Error(`port ${taken[1]} (${taken[0]}) is in use: is Tablestream running already?`)
  if (values.fresh) rmSync(data, { recursive: true, force: true })
  process.on('SIGINT', () => void stop(0))
  process.on('SIGTERM', () => void stop(0))
  cloud.start()
  await cloud.ready()
  await createLocalResources({
    project: PROJECT,
    environment: ENVIRONMENT,
    region: REGION,
    pubsubUrl: `http://127.0.0.1:${PORTS['Pub/Sub']}`,
    bigqueryUrl: `http://127.0.0.1:${PORTS.BigQuery}`,
    tableManagerUrl: `http://127.0.0.1:${PORTS['table-manager']}/`,
  })
  for (const service of services) service.start()
  await Promise.all(services.map((service) => service.ready()))
  greet()
}

function greet(): void {
  const dataset = `${PROJECT}.${ENVIRONMENT}_events_dataset`
  say(`ready. Data stays in .local/ (npm start -- --fresh begins anew); Ctrl-C stops everything.

  event-generator  http://localhost:8080   POST /generate/order?count=10, GET /sample/order, /docs
  event-gateway    http://localhost:8083   POST /events with X-API-Key: ${LOCAL_KEY}, /docs
  table-manager    http://localhost:8081
  stream-writer    http://localhost:8082   /metrics
  Pub/Sub          localhost:8085          PUBSUB_EMULATOR_HOST=localhost:8085
  BigQuery         http://localhost:9050   BIGQUERY_EMULATOR_HOST=http://localhost:9050

  curl -X POST 'http://localhost:8080/generate/order'
  npm run query -- 'SELECT order_id, status, total_amount FROM \`${dataset}.orders\` LIMIT 5'
`)
}

async function takenPorts(): Promise<[string, number][]> {
  const checks = await Promise.all(
    Object.entries(PORTS).map(async (entry) => ({ entry, taken: await isTaken(entry[1]) })),
  )
  return checks.filter(({ taken }) => taken).map(({ entry }) => entry)
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer()
    probe.once('error', () => resolve(true))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(false)))
  })
}

if (values.help) {
  console.log(`usage: npm start [-- --fresh]
Runs the whole pipeline on this machine until Ctrl-C. --fresh drops the data of earlier runs first.`)
} else {
  try {
    await start()
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : ''
    console.error(
      `tablestream: could not start: ${error instanceof Error ? error.message : String(error)}${cause}`,
    )
    // nothing was started where a port was taken
    if (cloud.pid === undefined) process.exit(1)
    await stop(1)
  }
}
