// What Google allows a project unless it asks for more, and where Google says so.

/** Where a quota is counted, and what it is of. */
export interface Quota {
  /** As the page of its quotas in the console, or its limit, is named. */
  readonly name: string
  readonly unit: string
  readonly region: number
  /** In the multi-regions `US` and `EU`, for a dataset there. */
  readonly multiRegion: number
  readonly source: string
  /** True: Google gives more to who asks. Else it is a limit. */
  readonly canGrow: boolean
  /** True: not read on Google's own page, but where others cite it. The console has the project's. */
  readonly isSecondHand?: boolean
}

const same = (value: number) => ({ region: value, multiRegion: value })
const BIGQUERY = 'docs.cloud.google.com/bigquery/quotas'
const PUBSUB = 'docs.cloud.google.com/pubsub/quotas'

/** As the pages had them in August 2026; Pub/Sub's are those of its large regions, of which us-central1 is one. */
export const QUOTAS = {
  appendBytes: {
    name: 'AppendRows throughput',
    unit: 'MB/s',
    region: 300,
    multiRegion: 3000,
    source: `${BIGQUERY}#write-api-limits`,
    canGrow: true,
  },
  connections: {
    name: 'AppendRows connections',
    unit: 'connections',
    region: 5000,
    multiRegion: 20_000,
    source: `${BIGQUERY}#write-api-limits`,
    canGrow: true,
  },
  metadataUpdates: {
    name: 'metadata updates of a partitioned table in 10 s',
    unit: 'updates',
    ...same(50),
    source: `${BIGQUERY}#partitioned_tables`,
    canGrow: false,
  },
  tables: {
    name: 'tables of a dataset, before lists of them get slow',
    unit: 'tables',
    ...same(50_000),
    source: `${BIGQUERY}#dataset_limits`,
    canGrow: false,
  },
  publish: {
    name: 'Pub/Sub publisher throughput',
    unit: 'MB/s',
    ...same(4000),
    source: PUBSUB,
    canGrow: true,
    isSecondHand: true,
  },
  pull: {
    name: 'Pub/Sub StreamingPull throughput',
    unit: 'MB/s',
    ...same(4000),
    source: PUBSUB,
    canGrow: true,
    isSecondHand: true,
  },
  stream: {
    name: 'Pub/Sub throughput of one StreamingPull stream',
    unit: 'MB/s',
    ...same(10),
    source: `${PUBSUB}#resource_limits`,
    canGrow: false,
    isSecondHand: true,
  },
  push: {
    name: 'Pub/Sub push throughput (Eventarc to table-manager)',
    unit: 'MB/s',
    ...same(140),
    source: `${PUBSUB}, docs.cloud.google.com/eventarc/docs/quotas`,
    canGrow: true,
    isSecondHand: true,
  },
  // for all of Cloud Run together; many new projects have 20 (docs/operations.md, CPUs of Cloud Run)
  instances: {
    name: 'Cloud Run instances of one CPU',
    unit: 'instances',
    ...same(100),
    source:
      'docs.cloud.google.com/run/docs/configuring/max-instances-limits: summed over the region; 20 in many new projects',
    canGrow: true,
    isSecondHand: true,
  },
} as const satisfies Readonly<Record<string, Quota>>

export type QuotaName = keyof typeof QUOTAS
