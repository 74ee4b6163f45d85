import { parseArgs } from 'node:util'

const OPTIONS = {
  host: { type: 'string', default: '127.0.0.1' },
  'allow-host': { type: 'string', multiple: true, default: [] as string[] },
  port: { type: 'string' },
  'pubsub-port': { type: 'string', default: '8085' },
  'bigquery-port': { type: 'string', default: '9050' },
  'storage-write-port': { type: 'string', default: '9060' },
  'storage-port': { type: 'string', default: '4443' },
  data: { type: 'string' },
  seed: { type: 'string' },
  faults: { type: 'string' },
  'memory-mb': { type: 'string' },
  journal: { type: 'string' },
  project: { type: 'string', default: 'demo' },
  version: { type: 'boolean', short: 'v', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

export const USAGE = `usage: local-cloud [OPTION]...
       local-cloud env [OPTION]...      what clients, gcloud and bq need to find it, for a shell
       local-cloud credentials [OPTION]...  a key file, for clients that insist on one
       local-cloud snapshot -h          named states of everything
Pub/Sub, Eventarc, BigQuery and Cloud Storage on this machine, until Ctrl-C. Without --data everything is gone when it stops.
  --data FOLDER              keep tables, objects and messages there
  --port N                   everything on one port, and not on the four below; 0 takes a free one
  --pubsub-port N            Pub/Sub and Eventarc, gRPC and REST (8085)
  --bigquery-port N          BigQuery, REST (9050)
  --storage-write-port N     BigQuery Storage Write and Read, gRPC (9060)
  --storage-port N           Cloud Storage, REST (4443)
  --host ADDRESS             listen there (127.0.0.1)
  --allow-host NAME          a name, besides this machine's own, under which HTTP clients call it (a container's, say)
  --memory-mb MB             what queries and tables take at most; half of the memory without it
  --seed FILE                what is there from the start, as YAML: topics, subscriptions, datasets, tables, rows, buckets
  --faults FILE              a plan of what goes wrong, as JSON
  --project ID               of credentials alone: whose service account it is (demo)
  --journal N                how many calls GET /journal knows (10000); 0: none
  -v, --version              say which version this is
  -h, --help                 say this
Examples: npx local-cloud --data .local      npm run local-cloud -- --port 8085`

export interface Arguments {
  readonly host: string
  readonly allowedHosts: readonly string[]
  readonly ports: Ports
  readonly dataFolder: string | undefined
  readonly seedFile: string | undefined
  readonly faultsFile: string | undefined
  readonly memoryMb: number | undefined
  readonly journalCalls: number | undefined
  readonly project: string
}

/** One port for all, or one for each. */
export type Ports =
  | { readonly port: number }
  | {
      readonly pubsubPort: number
      readonly bigqueryPort: number
      readonly storageWritePort: number
      readonly storagePort: number
    }

/** @throws Error that names the option, the rule and the value */
export function readArguments(args: readonly string[]): Arguments | 'help' | 'version' {
  const values = parsed(args)
  if (values.help) return 'help'
  if (values.version) return 'version'
  return {
    host: values.host,
    allowedHosts: values['allow-host'],
    ports:
      values.port === undefined
        ? {
            pubsubPort: portOf('pubsub-port', values['pubsub-port']),
            bigqueryPort: portOf('bigquery-port', values['bigquery-port']),
            storageWritePort: portOf('storage-write-port', values['storage-write-port']),
            storagePort: portOf('storage-port', values['storage-port']),
          }
        : { port: portOf('port', values.port) },
    dataFolder: values.data,
    seedFile: values.seed,
    faultsFile: values.faults,
    project: values.project,
    memoryMb: values['memory-mb'] === undefined ? undefined : megabytesOf(values['memory-mb']),
    journalCalls: values.journal === undefined ? undefined : callsOf(values.journal),
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ options: OPTIONS, args: [...args] }).values
  } catch (error) {
    const [sentence] = (error as Error).message.split('. ')
    const known = Object.keys(OPTIONS).map((option) => `--${option}`)
    throw new Error(`${sentence}. The options are ${known.join(', ')}`, { cause: error })
  }
}

function portOf(option: string, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new Error(`--${option} is a port from 0 (a free one) to 65535, but is "${text}"`)
}

function megabytesOf(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text)
  throw new Error(`--memory-mb is a whole number of MB from 1 on, but is "${text}"`)
}

function callsOf(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text)
  throw new Error(`--journal is a number of calls from 0 to 9999999, but is "${text}"`)
}
