import { commonVariables, eventVariables, loadConfig, portVariable } from '@tablestream/service-kit'
import Type, { type Static } from 'typebox'

export const variables = Type.Object({
  ...commonVariables,
  HOST: Type.String({
    default: '127.0.0.1',
    description: 'Address to listen on: this machine alone, if nothing is said',
  }),
  DATASET: Type.String({
    default: '',
    description: 'Dataset of the tables; empty: `<ENVIRONMENT>_events_dataset`',
  }),
  TOPIC: Type.String({
    default: 'backend-events-topic',
    description: 'Topic that dead letters are replayed to',
  }),
  METRICS_URLS: Type.String({
    default: '',
    description:
      'Where figures are read: `name=http://host:port`, with commas between them; the name is that of the service, once for each instance',
  }),
  FIGURES: Type.Enum(['metrics', 'monitoring'], {
    default: 'metrics',
    description:
      'Where the figures of the page Flow are from: /metrics of METRICS_URLS, or Cloud Monitoring, where writers have no address',
  }),
  SUBSCRIPTION: Type.String({
    default: 'backend-events-topic-sub',
    description: "stream-writer's subscription, for figures of Cloud Monitoring",
  }),
  DEAD_LETTER_TOPIC: Type.String({
    default: 'backend-events-dead-letter',
    description: 'Topic of the dead letters, for figures of Cloud Monitoring',
  }),
  GATEWAY_URL: Type.String({
    default: '',
    description: 'event-gateway, which takes what is sent; empty: nothing is sent',
  }),
  GATEWAY_KEY: Type.String({
    default: '',
    description: 'X-API-Key for event-gateway; empty: an identity token, where there are any',
  }),
  GENERATOR_URL: Type.String({ default: '', description: 'event-generator; empty: nothing is generated' }),
  FAULTS_URL: Type.String({
    default: '',
    description: 'Where a plan of faults is put and told; empty, as in the cloud: there are none',
  }),
  MAY_REPLAY: Type.Boolean({ default: false, description: 'Whether dead letters may be replayed from here' }),
  MAY_SEND: Type.Boolean({
    default: false,
    description: 'Whether events may be sent and generated from here',
  }),
  MAY_QUERY: Type.Boolean({
    default: true,
    description: 'Whether SQL may be run from here; it reads in any case',
  }),
  ALLOWED_HOSTS: Type.String({
    default: '',
    description:
      'Names that the page may be called by (the header Host, without port), with commas between them, beside localhost and 127.0.0.1; `*.example.com` means all that end so',
  }),
  SINCE_HOURS: Type.Integer({
    default: 24,
    minimum: 1,
    maximum: 24 * 366,
    description:
      'How far back an event is looked for, where nobody says how far: what BigQuery bills grows with it',
  }),
  LEDGER_SECONDS: Type.Integer({
    default: 600,
    minimum: 1,
    description:
      'So old the ledger of the last hour may be that the page shows: each costs a query over that hour',
  }),
  MAX_BYTES_BILLED: Type.Integer({
    default: 10 * 2 ** 30,
    minimum: 10 << 20,
    description: 'What one query may read, in bytes: BigQuery refuses one that would read more',
  }),
  ...eventVariables,
  EVENT_POLICIES: Type.String({
    default: '',
    description:
      'How tables may change, by event type, as the other services have it: JSON, or the path of a JSON file',
  }),
  PORT: portVariable(8090),
})

export type Config = Readonly<Static<typeof variables>>

export function readConfig(env = process.env): Config {
  return loadConfig(variables, env)
}

/** An instance of a service that tells figures. */
export interface MetricsSource {
  readonly name: string
  readonly url: string
}

/** @throws Error that names the part that is no `name=url` */
export function metricsSources(list: string): readonly MetricsSource[] {
  return textsOf(list).map((part) => {
    const [, name, url] = /^([\w-]+)=(https?:\/\/\S+)$/.exec(part) ?? []
    if (name === undefined || url === undefined)
      throw new Error(`METRICS_URLS has name=url with commas between them, but there is "${part}"`)
    return { name, url: url.replace(/\/$/, '') }
  })
}

/** The texts of a list with commas; none where it is empty. */
export function textsOf(list: string): readonly string[] {
  return list
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
}
