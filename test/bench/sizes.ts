import { countOf } from '../../scripts/arguments.ts'
import type { PacedSizes } from './paced-writers.ts'
import type { WritersSizes } from './writers.ts'

/** How much each mode does. Seconds are those of one round. */
export interface Sizes extends WritersSizes, PacedSizes {
  /** Events of the shop that every stage works on, in each round. */
  readonly stageEvents: number
  readonly stageRounds: number
  /** Orders from the generator to the table, and how many before them warm the services up. */
  readonly pipelineEvents: number
  readonly pipelineWarmUp: number
  /** Orders that wait for both writers, and how many of them warm each up. */
  readonly officialEvents: number
  readonly officialWarmUp: number
  readonly latencyRate: number
  readonly latencySeconds: number
  readonly gatewayRounds: number
  readonly gatewaySeconds: number
  readonly managerRounds: number
  readonly managerSeconds: number
  readonly isolationRounds: number
  readonly isolationSeconds: number
  /** Of the largest event that there may be. */
  readonly largePart: number
  /** Orders that columns are made of. */
  readonly schemaRecords: number
  readonly schemaRounds: number
  /** Orders in a file that is loaded. */
  readonly loadOrders: number
  /** Messages in the record that the console looks through. */
  readonly consoleMessages: number
  readonly localCloudRounds: number
  readonly localCloudSeconds: number
  readonly startRounds: number
}

const FULL: Sizes = {
  stageEvents: 3000,
  stageRounds: 15,
  pipelineEvents: 60_000,
  pipelineWarmUp: 20_000,
  officialEvents: 400_000,
  officialWarmUp: 50_000,
  latencyRate: 1000,
  latencySeconds: 15,
  gatewayRounds: 6,
  gatewaySeconds: 10,
  managerRounds: 3,
  managerSeconds: 5,
  isolationRounds: 5,
  isolationSeconds: 4,
  largePart: 1,
  schemaRecords: 100_000,
  schemaRounds: 5,
  loadOrders: 1_000_000,
  consoleMessages: 1_000_000,
  localCloudRounds: 3,
  localCloudSeconds: 2,
  startRounds: 9,
  writersWarmUp: 30_000,
  writersSeconds: 6,
  writersRate: 4000,
  writersBacklog: 10_000,
  pacedRounds: 6,
  pacedSeconds: 6,
  pacedRate: 500,
  pacedWarmUp: 15_000,
}

/** To see that a mode runs to its end: the figures say nothing. */
const SMALL: Sizes = {
  stageEvents: 100,
  stageRounds: 1,
  pipelineEvents: 1000,
  pipelineWarmUp: 1000,
  officialEvents: 8000,
  officialWarmUp: 1000,
  latencyRate: 200,
  latencySeconds: 1,
  gatewayRounds: 1,
  gatewaySeconds: 1,
  managerRounds: 1,
  managerSeconds: 1,
  isolationRounds: 1,
  isolationSeconds: 1,
  largePart: 0.01,
  schemaRecords: 1000,
  schemaRounds: 1,
  loadOrders: 2000,
  consoleMessages: 2000,
  localCloudRounds: 1,
  localCloudSeconds: 0.3,
  startRounds: 1,
  writersWarmUp: 500,
  writersSeconds: 0.3,
  writersRate: 2000,
  writersBacklog: 100,
  pacedRounds: 1,
  pacedSeconds: 0.5,
  pacedRate: 200,
  pacedWarmUp: 200,
}

export interface SizeOptions {
  readonly small: boolean
  readonly events?: string | undefined
  readonly rounds?: string | undefined
}

/** @throws Error where an option is no whole number from 1 */
export function sizesOf({ small, events, rounds }: SizeOptions): Sizes {
  const sizes = small ? SMALL : FULL
  const wanted = events === undefined ? {} : sizesForEvents(countOf('--events', events))
  if (rounds === undefined) return { ...sizes, ...wanted }
  const count = countOf('--rounds', rounds)
  return {
    ...sizes,
    ...wanted,
    stageRounds: count,
    gatewayRounds: count,
    managerRounds: count,
    isolationRounds: count,
    schemaRounds: count,
    localCloudRounds: count,
    startRounds: count,
    pacedRounds: count,
  }
}

function sizesForEvents(events: number) {
  const officialWarmUp = Math.min(FULL.officialWarmUp, Math.ceil(events / 4))
  return {
    pipelineEvents: events,
    pipelineWarmUp: Math.min(FULL.pipelineWarmUp, Math.ceil(events / 3)),
    officialEvents: events,
    officialWarmUp,
    schemaRecords: events,
    loadOrders: events,
    consoleMessages: events,
    writersWarmUp: events,
  }
}
