import { readFileSync } from 'node:fs'
import { serviceAccountKey } from '../access-tokens.ts'
import { environmentOf, toolsEnvironmentOf } from '../environment.ts'
import { readFaultPlan, type FaultPlan } from '../faults/fault-plan.ts'
import type { PortNumbers } from '../ports.ts'
import { readSeed } from '../seed/seed-file.ts'
import { SeedError } from '../seed/sow.ts'
import type { LocalCloud, LocalCloudOptions } from '../start-local-cloud.ts'
import { whyNotStarted } from '../why-not-started.ts'
import { readArguments, USAGE, type Arguments } from './arguments.ts'
import { askSnapshots } from './snapshot-command.ts'
import { version } from './version.ts'

/** The command `local-cloud`. @param args what stands behind its name */
export async function main(args: readonly string[]): Promise<void> {
  const [word, ...rest] = args
  if (word === 'snapshot') return snapshot(rest)
  const isOther = word === 'env' || word === 'credentials'
  const read = checked(() => readArguments(isOther ? rest : args))
  if (read === 'help') console.log(USAGE)
  else if (read === 'version') console.log(version)
  else if (word === 'env') console.log(exportsOf(read))
  else if (word === 'credentials') console.log(credentialsOf(read))
  else await run(read)
}

function numbersOf({ ports }: Arguments): PortNumbers {
  if (!('port' in ports)) return ports
  const { port } = ports
  return { pubsubPort: port, bigqueryPort: port, storageWritePort: port, storagePort: port }
}

/** A key file, for who insists on one. */
function credentialsOf(read: Arguments): string {
  const origin = `http://${read.host}:${numbersOf(read).bigqueryPort}`
  return JSON.stringify(serviceAccountKey(read.project, origin), undefined, 2)
}

/** Lines for a shell: what clients and tools need to find a local-cloud with these options. */
function exportsOf(read: Arguments): string {
  const { host } = read
  const numbers = numbersOf(read)
  const all = { ...environmentOf(host, numbers), ...toolsEnvironmentOf(host, numbers) }
  return Object.entries(all)
    .map(([name, value]) => `export ${name}='${value}'`)
    .join('\n')
}

async function snapshot(args: readonly string[]): Promise<void> {
  try {
    console.log(await askSnapshots(args))
  } catch (error) {
    console.error(`local-cloud: ${(error as Error).message}`)
    process.exit(2)
  }
}

async function run(read: Arguments): Promise<void> {
  const { host, allowedHosts, ports, dataFolder, seedFile, faultsFile, memoryMb, journalCalls } = read
  const faults = checked(() => (faultsFile === undefined ? undefined : faultsOf(faultsFile)))
  const seed = checked(() => (seedFile === undefined ? undefined : readSeed(seedFile)))
  const cloud = await start(
    {
      host,
      allowedHosts,
      ...ports,
      ...(dataFolder !== undefined && { dataFolder }),
      ...(memoryMb !== undefined && { memoryMb }),
      ...(journalCalls !== undefined && { journalCalls }),
      ...(seed !== undefined && { seed }),
      ...(faults !== undefined && { faults }),
    },
    seedFile,
  )
  const stop = () => {
    void cloud.close().then(
      () => process.exit(0),
      (error: Error) => {
        console.error(`local-cloud: not all that it held could be written: ${error.message}`)
        process.exit(1)
      },
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  console.log(
    `local-cloud: Pub/Sub and Eventarc on ${host}:${cloud.pubsubPort}, ` +
      `BigQuery on http://${host}:${cloud.bigqueryPort}, Storage Write on ${host}:${cloud.storageWritePort}, ` +
      `Cloud Storage on http://${host}:${cloud.storagePort}`,
  )
}

/** What was typed and cannot be right ends it with a sentence. */
function checked<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    console.error(`local-cloud: ${(error as Error).message}`)
    return process.exit(2)
  }
}

/** @throws Error that names the file and what is wrong with it */
function faultsOf(file: string): FaultPlan {
  const told = (what: string, error: unknown) =>
    new Error(`--faults ${file}${what}: ${(error as Error).message}`, { cause: error })
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw told(' cannot be read', error)
  }
  try {
    return readFaultPlan(value)
  } catch (error) {
    throw told('', error)
  }
}

/** A folder that cannot be used, a taken port, a seed that an API refuses: one sentence says so. What nobody foresaw keeps its stack. */
async function start(options: LocalCloudOptions, seedFile?: string): Promise<LocalCloud> {
  // a second's worth of libraries, which -h, env and a typing mistake do without
  const { startLocalCloud } = await import('../start-local-cloud.ts')
  try {
    return await startLocalCloud(options)
  } catch (error) {
    const inSeed = error instanceof SeedError ? `${seedFile}: ${error.message}` : undefined
    console.error('local-cloud:', inSeed ?? whyNotStarted(error, options.dataFolder) ?? error)
    return process.exit(1)
  }
}
