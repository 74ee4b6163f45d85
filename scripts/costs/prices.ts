// List prices of us-central1 in US dollars, without free tiers and discounts.

export const GIB = 2 ** 30
const TIB = 2 ** 40

// Each price was looked up on 29 November 2026 in copies of the page that is named: who runs the project reads the page itself.
export const PRICE = {
  // cloud.google.com/pubsub/pricing: "$40 per TiB in all Google Cloud regions", "BigQuery subscriptions cost $50 per TiB … There are no
  // additional BigQuery data ingestion charges"
  /** A TiB published, pulled or pushed; also of what a filter passes over. */
  pubsub: 40 / TIB,
  /** A TiB written by a subscription to BigQuery or Cloud Storage. */
  exported: 50 / TIB,
  // cloud.google.com/bigquery/pricing, as read on 9 September 2026
  /** Data ingestion by the Storage Write API. */
  storageWrite: 0.025 / GIB,
  /** Of a month: active logical storage. */
  tableStorage: 0.02 / GIB,
  /** BigQuery's: a TiB that a query reads, where no slots are reserved. Extract jobs and DDL are free. */
  query: 6.25 / TIB,
  // cloud.google.com/storage/pricing, us-central1, as read on 20 September 2026: $0.000027397 and $0.000005479 a GiB-hour, 730 of them a
  // month; 1,000 operations of class A are $0.005 in STANDARD, $0.02 in COLDLINE
  bucketStorage: (730 * 0.000_027_397) / GIB,
  coldStorage: (730 * 0.000_005_479) / GIB,
  /** An object that is made, and one that goes to COLDLINE. */
  objectMade: 0.005 / 1000,
  objectCold: 0.02 / 1000,
  /** Of a month, a job: cloud.google.com/scheduler/pricing, "$0.10/job/31 days" */
  schedule: 0.1,
  // cloud.google.com/run/pricing, tier 1. Worker pools: their free tier of 384,204 vCPU-seconds is worth $4.32 at this price, as much as
  // the 240,000 of services at theirs
  /** Of an instance of a worker pool. */
  workerCpuSecond: 0.000_011_244,
  workerMemorySecond: 0.000_001_235,
  /** Of a service billed by instance or a job, and of a service billed by request, whose seconds count only while it answers. */
  cpuSecond: 0.000_018,
  memorySecond: 0.000_002,
  busyCpuSecond: 0.000_024,
  busyMemorySecond: 0.000_002_5,
  /** Of an instance that is kept (min_instances) and billed by request, while it has none. */
  idleCpuSecond: 0.000_002_5,
  idleMemorySecond: 0.000_002_5,
  request: 0.4e-6,
  /** Of Monitoring's API: cloud.google.com/stackdriver/pricing, "$0.50/million time series returned" since 2 October 2025. */
  seriesRead: 0.5e-6,
}
