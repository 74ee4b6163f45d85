// `npm start`: the whole pipeline on this machine, each service in its own process, until Ctrl-C.
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { makeFolder } from '@tablestream/local-cloud/make-folder'
import { readArguments, refuse } from './arguments.ts'
import { readEnvironmentFile } from './target/environment-file.ts'
import { LISTENERS, localPort, portVariable, type Listener } from './target/local-ports.ts'
import { greeting } from './start/greeting.ts'
import { createLocalResources } from './start/local-resources.ts'
import { Restarts } from './start/restarts.ts'
import { readLocalSettings, type LocalSettings } from './start/local-settings.ts'
import { dataFolder, readRunning, removeRunning, writeRunning } from './start/running.ts'
import { openServiceLog } from './start/service-log.ts'
import { ServiceProcess } from './start/service-process.ts'
import { serviceVariables } from './start/service-variables.ts'
import { takenPorts } from './start/taken-ports.ts'
import { whenNpmEnds } from './start/when-npm-ends.ts'

const RESTART_MS = 1000
const WATCH_MS = 2000

const USAGE = `usage: npm start [-- [--fresh] [--data FOLDER]]
Runs the whole pipeline on this machine until Ctrl-C or npm stop. --fresh drops the data of earlier runs first; they are in FOLDER
(default LOCAL_DATA, else .local). LOCAL_PORT_OFFSET moves all ports, and
${LISTENERS.map((listener) => portVariable(listener)).join(', ')} each its own.
The file .env, or the one that ENV_FILE names, may hold these variables, PROJECT_ID, ENVIRONMENT and those of the services.
Examples: npm start -- --fresh
          LOCAL_PORT_OFFSET=100 LOCAL_DATA=.local-2 npm start`

const { values } = readArguments({
  name: 'npm start',
  usage: USAGE,
  options: { fresh: { type: 'boolean', default: false }, data: { type: 'string' } },
})
const local = settings()
const { PROJECT_ID: PROJECT, ENVIRONMENT, REGION, ports: PORTS } = local
const variables = serviceVariables(local, process.env)
/** The field of an event that names its type, where it is not the usual one. */
const typeField = process.env['TYPE_FIELD'] || undefined
const data = dataFolder(values.data)

const say = (line: string): void => console.log(`tablestream: ${line}`)

const log = openServiceLog((line) => console.log(line), process.stdout.isTTY)
const begins = new Map<ServiceProcess, () => void>()
const restarts = new Restarts()
let stopping = false

const cloud: ServiceProcess = supervised({
  name: 'local-cloud',
  entry: 'src/cli.ts',
  args: [
    `--data=${data}`,
    `--pubsub-port=${PORTS['Pub/Sub']}`,
    `--bigquery-port=${PORTS.BigQuery}`,
    `--storage-write-port=${PORTS['Storage Write']}`,
    `--storage-port=${PORTS['Cloud Storage']}`,
  ],
  readyUrl: `http://127.0.0.1:${PORTS['Pub/Sub']}/`,
  env: {},
})
// the generator is the last to be ready: what waits for it alone finds the others ready
const SERVICES = ['table-manager', 'stream-writer', 'event-gateway', 'console', 'event-generator'] as const
const services = SERVICES.map((name) =>
  supervised({
    name,
    args: [],
    readyUrl: `http://127.0.0.1:${PORTS[name]}/readiness`,
    env: variables.forService(name),
  }),
)

function supervised(options: {
  name: string
  entry?: string
  args: readonly string[]
  readyUrl: string
  env: Readonly<Record<string, string>>
}): ServiceProcess {
  let isReady = false
  const begin = () => {
    isReady = false
    started.start()
    // what cannot start says so itself, and ends
    void started.ready().then(
      () => (isReady = true),
      () => undefined,
    )
  }
  const started: ServiceProcess = new ServiceProcess({
    ...options,
    output: (line) => log.take(options.name, line),
    died(code, signal) {
      if (stopping) return
      const { startsAgain, line } = restarts.of({ name: options.name, wasReady: isReady, code, signal })
      say(line)
      if (startsAgain) setTimeout(() => !stopping && begin(), RESTART_MS)
      else void stop(1)
    },
  })
  begins.set(started, begin)
  return started
}

/** Services first, so that what they hold can still be settled; then the cloud under them. */
async function stop(exitCode: number): Promise<void> {
  if (stopping) return
  stopping = true
  say('stopping')
  await Promise.all(services.map((service) => service.stop()))
  await cloud.stop(1500)
  log.flush()
  removeRunning(data)
  say('stopped')
  process.exit(exitCode)
}

async function start(): Promise<void> {
  await readContracts()
  const other = readRunning(data)
  if (other) throw new Error(`another npm start uses ${data} (process ${other.pid}): npm stop stops it`)
  const [taken] = await takenPorts(PORTS)
  if (taken)
    throw new Error(
      `port ${PORTS[taken]} (${taken}) is in use: is Tablestream running already? ${portVariable(taken)} names another port`,
    )
  if (values.fresh) dropData()
  makeFolder(data)
  writeRunning(data, { pid: process.pid, started: new Date().toISOString(), ports: PORTS })
  watchData()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0))
  // a terminal that was closed takes no more lines: all that stops must stop all the same
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  whenNpmEnds(() => void stop(0))
  begins.get(cloud)!()
  await cloud.ready()
  await createLocalResources({
    project: PROJECT,
    environment: ENVIRONMENT,
    region: REGION,
    pubsubUrl: `http://127.0.0.1:${PORTS['Pub/Sub']}`,
    bigqueryUrl: `http://127.0.0.1:${PORTS.BigQuery}`,
    storageUrl: `http://127.0.0.1:${PORTS['Cloud Storage']}`,
    tableManagerUrl: `http://127.0.0.1:${PORTS['table-manager']}/`,
    ...(typeField !== undefined && { typeField }),
  })
  const last = services.at(-1)!
  for (const service of services.slice(0, -1)) begins.get(service)!()
  await Promise.all(services.slice(0, -1).map((service) => service.ready()))
  if (stopping) return
  begins.get(last)!()
  await last.ready()
  say(greeting({ project: PROJECT, environment: ENVIRONMENT, ports: PORTS, key: variables.key, data }))
}

/** What holds something, and nothing of ours, was named by mistake: it is not dropped. */
function dropData(): void {
  const files = existsSync(data) ? readdirSync(data) : []
  if (files.length > 0 && !files.includes('bigquery.duckdb') && !files.includes('npm-start.json'))
    throw new Error(
      `--fresh drops no folder that holds no data of npm start: ${data} has ${files.slice(0, 5).join(', ')}`,
    )
  rmSync(data, { recursive: true, force: true })
}

/** Files that are deleted while they are open go on as if nothing was, and are gone in the end. */
function watchData(): void {
  const { ino } = statSync(data)
  setInterval(() => {
    if (stopping || statSync(data, { throwIfNoEntry: false })?.ino === ino) return
    say(`${data} was deleted while it was in use: what is in it is lost. Start again to begin anew`)
    void stop(1)
  }, WATCH_MS).unref()
}

/** What can never work is refused before anything is started. */
function settings(): LocalSettings & { readonly ports: Readonly<Record<Listener, number>> } {
  try {
    readEnvironmentFile()
    const ports = LISTENERS.map((name) => [name, localPort(name)] as const)
    return { ...readLocalSettings(), ports: Object.fromEntries(ports) as Record<Listener, number> }
  } catch (error) {
    return refuse('npm start', (error as Error).message)
  }
}

/** Four services would say that they cannot be read: it is said once, and nothing is started. */
async function readContracts(): Promise<void> {
  const contracts = process.env['CONTRACTS'] ?? ''
  if (contracts === '' && typeField === undefined) return
  const { parseContracts, useTypeField } = await import('@tablestream/contract')
  const { readJsonFiles, readSetting } = await import('@tablestream/service-kit')
  if (typeField !== undefined) readSetting('TYPE_FIELD', () => useTypeField(typeField))
  readSetting('CONTRACTS', () => parseContracts(readJsonFiles(contracts)))
}

try {
  await start()
} catch (error) {
  // a service that cannot start has said why, and all that runs is being stopped
  if (!stopping) {
    const what = error instanceof Error ? error.message : String(error)
    const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : ''
    const cause = what.includes(why) ? '' : ` (${why})`
    console.error(`tablestream: could not start: ${what}${cause}`)
    // nothing was started where a port was taken
    if (cloud.pid === undefined) process.exit(1)
    await stop(1)
  }
}
