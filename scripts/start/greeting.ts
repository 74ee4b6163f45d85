import type { Listener } from '../target/local-ports.ts'

export interface Greeted {
  readonly project: string
  readonly environment: string
  readonly ports: Readonly<Record<Listener, number>>
  /** Of the gateway. */
  readonly key: string
  /** The data folder. */
  readonly data: string
}

/** What `npm start` says when all runs: where everything is, and what to try first. */
export function greeting({ project, environment, ports, key, data }: Greeted): string {
  const dataset = `${project}.${environment}_events_dataset`
  const url = (name: Listener) => `http://localhost:${ports[name]}`
  const pubsub = `localhost:${ports['Pub/Sub']}`
  return `ready. Data stays in ${data} (npm start -- --fresh begins anew); Ctrl-C or npm stop stops everything.

  console          ${url('console')}   where is my event? tables, dead letters, SQL; its API: /docs
  event-generator  ${url('event-generator')}   POST /generate/order?count=10, GET /sample/order, /docs
  event-gateway    ${url('event-gateway')}   POST /events with X-API-Key: ${key}, /docs
  table-manager    ${url('table-manager')}
  stream-writer    ${url('stream-writer')}   /metrics
  Pub/Sub          ${pubsub}          PUBSUB_EMULATOR_HOST=${pubsub} GOOGLE_CLOUD_PROJECT=${project}
  BigQuery         ${url('BigQuery')}   BIGQUERY_EMULATOR_HOST=${url('BigQuery')}
  Cloud Storage    ${url('Cloud Storage')}   STORAGE_EMULATOR_HOST=${url('Cloud Storage')}

  curl -X POST '${url('event-generator')}/generate/order'
  npm run query -- 'SELECT order_id, status, total_amount FROM \`${dataset}.orders\` LIMIT 5'
`
}
