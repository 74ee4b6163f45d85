import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { FaultPlan } from './faults/fault-plan.ts'
import { startLocalCloud, type LocalCloud, type LocalCloudOptions } from './start-local-cloud.ts'
import { whyNotStarted } from './why-not-started.ts'

const OPTIONS = {
  host: { type: 'string', default: '127.0.0.1' },
  'allow-host': { type: 'string', multiple: true, default: [] as string[] },
  'pubsub-port': { type: 'string', default: '8085' },
  'bigquery-port': { type: 'string', default: '9050' },
  'storage-write-port': { type: 'string', default: '9060' },
  'storage-port': { type: 'string', default: '4443' },
  data: { type: 'string' },
  faults: { type: 'string' },
  'memory-mb': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const { values } = readArguments()

if (values.help) {
  console.log(`usage: local-cloud [--host 127.0.0.1] [--pubsub-port 8085] [--bigquery-port 9050]
                   [--storage-write-port 9060] [--storage-port 4443] [--data FOLDER] [--memory-mb MB]
                   [--faults FILE] [--allow-host NAME]...
Pub/Sub, Eventarc, BigQuery and Cloud Storage on this machine. Without --data everything is gone when it stops. --memory-mb: what
queries and tables take at most; half of the memory without it. --faults: a plan of what goes wrong (README.md); PUT
/local-cloud/faults on the Pub/Sub port sets another. --allow-host: another name under which HTTP clients may call it (a container's,
say); localhost, 127.0.0.1, [::1] and --host are allowed.
Example: npm run local-cloud -- --data .local`)
} else {
  const cloud = await start({
    host: values.host,
    allowedHosts: values['allow-host'],
    pubsubPort: Number(values['pubsub-port']),
    bigqueryPort: Number(values['bigquery-port']),
    storageWritePort: Number(values['storage-write-port']),
    storagePort: Number(values['storage-port']),
    ...(values.data !== undefined && { dataFolder: values.data }),
    ...(values['memory-mb'] !== undefined && { memoryMb: megabytesOf(values['memory-mb']) }),
    ...(values.faults !== undefined && {
      faults: JSON.parse(readFileSync(values.faults, 'utf8')) as FaultPlan,
    }),
  })
  const stop = () => {
    void cloud.close().then(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  console.log(
    `local-cloud: Pub/Sub and Eventarc on ${values.host}:${cloud.pubsubPort}, ` +
      `BigQuery on http://${values.host}:${cloud.bigqueryPort}, Storage Write on ${values.host}:${cloud.storageWritePort}, ` +
      `Cloud Storage on http://${values.host}:${cloud.storagePort}`,
  )
}

function megabytesOf(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text)
  console.error(`local-cloud: --memory-mb is a whole number of MB from 1 on, but is "${text}"`)
  return process.exit(2)
}

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS })
  } catch (error) {
    const [sentence] = (error as Error).message.split('. ')
    const known = Object.keys(OPTIONS).map((option) => `--${option}`)
    console.error(`local-cloud: ${sentence}. The options are ${known.join(', ')}`)
    return process.exit(2)
  }
}

/** A folder that cannot be used, a port that is taken: one sentence says so. What nobody foresaw keeps its stack. */
async function start(options: LocalCloudOptions): Promise<LocalCloud> {
  try {
    return await startLocalCloud(options)
  } catch (error) {
    console.error('local-cloud:', whyNotStarted(error, options.dataFolder) ?? error)
    return process.exit(1)
  }
}
