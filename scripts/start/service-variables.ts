// The variables that `npm start` gives to services: where local-cloud and the others are, and what an environment may set otherwise.
import { createHash } from 'node:crypto'
import type { Listener } from '../target/local-ports.ts'
import type { LocalSettings } from './local-settings.ts'

type Variables = Readonly<Record<string, string>>

export interface ServiceVariables {
  /** What event-gateway takes and the console sends with. */
  readonly key: string
  readonly forService: (name: Listener) => Variables
}

/** These answer /metrics. */
const MEASURED: readonly Listener[] = ['table-manager', 'stream-writer', 'event-generator', 'event-gateway']

/** @param given the environment; what it sets goes before a default, and never before an address: services must find one another */
export function serviceVariables(
  { PROJECT_ID, ENVIRONMENT, REGION, ports }: LocalSettings & { ports: Readonly<Record<Listener, number>> },
  given: Readonly<Record<string, string | undefined>>,
): ServiceVariables {
  const urlOf = (name: Listener) => `http://127.0.0.1:${ports[name]}`
  const withGiven = (defaults: Variables): Variables =>
    Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, given[name] || value]))
  const key = given['GATEWAY_KEY'] || 'local'
  const common = {
    PROJECT_ID,
    ENVIRONMENT,
    REGION,
    // some shells set it to the name of the machine, which all the world may reach
    HOST: '127.0.0.1',
    PUBSUB_EMULATOR_HOST: `127.0.0.1:${ports['Pub/Sub']}`,
    BIGQUERY_EMULATOR_HOST: urlOf('BigQuery'),
    STORAGE_WRITE_ENDPOINT: urlOf('Storage Write'),
    STORAGE_EMULATOR_HOST: urlOf('Cloud Storage'),
    METADATA_SERVER_DETECTION: 'none',
    ...withGiven({
      API_KEYS: JSON.stringify({ local: { sha256: createHash('sha256').update(key).digest('hex') } }),
    }),
  }
  /** What the console may do and knows on this machine: everything. */
  const ofConsole = {
    METRICS_URLS: MEASURED.map((name) => `${name}=${urlOf(name)}`).join(','),
    GATEWAY_URL: urlOf('event-gateway'),
    GENERATOR_URL: urlOf('event-generator'),
    FAULTS_URL: `${urlOf('Pub/Sub')}/local-cloud/faults`,
    ...withGiven({
      GATEWAY_KEY: key,
      MAY_REPLAY: 'true',
      MAY_SEND: 'true',
      // what is in the folder of the data is all there is, and costs nothing
      SINCE_HOURS: String(24 * 366),
      LEDGER_SECONDS: '5',
    }),
  }
  return {
    key,
    forService: (name) => ({ ...common, ...(name === 'console' && ofConsole), PORT: String(ports[name]) }),
  }
}
