// What a steady rate takes: how many writers, and how much of each of Google's quotas.
import { QUOTAS, type Quota, type QuotaName } from './scale-quotas.ts'
import { defaultOf } from '../terraform-defaults.ts'

/**
 * CPU microseconds that stream-writer takes for an order where it is given 4,000 a second: what docs/performance.md has of one writer
 * (`npm run bench -- --writers`), and docs/scale.md repeats nowhere.
 */
export const CPU_AN_EVENT = 28
/** Bytes of an event, and of its message with the attributes: those of scripts/costs/. */
const EVENT = 535
export const MESSAGE = 900
/** Requests to table-manager for an event, and the least that a push is counted as: those of scripts/costs/. */
const REQUESTS_AN_EVENT = 0.001
const PUSHED = 1000
/** Connections of their own, and how many share the rest (services/stream-writer/README.md). */
const OWN_CONNECTIONS = 20
const SHARED_CONNECTIONS = 50
const MB = 1e6

export interface Load {
  /** Events a second. */
  readonly rate: number
  /** Tables that all writers write at once. */
  readonly tables: number
  /** True: the dataset is in a multi-region. */
  readonly isMultiRegion?: boolean
  /** New shapes a minute, all of one table: the worst case. They follow deployments, and not the rate. */
  readonly shapesAMinute?: number
}

export interface Demand {
  readonly quota: Quota
  readonly needs: number
  readonly has: number
  /** Of the quota: above 1 it is not enough. */
  readonly share: number
}

export interface Needs {
  readonly writers: number
  /** Of its CPU that each writer is busy, at the measured CPU an event. */
  readonly busy: number
  /** Of every quota, the one that comes first at the head. */
  readonly demands: readonly Demand[]
}

/** What the rate takes. Nothing here depends on time: docs/scale.md has the other half. */
export function needsOf({ rate, tables, isMultiRegion = false, shapesAMinute = 20 }: Load): Needs {
  const writers = Math.max(1, Math.ceil(rate / defaultOf('stream_writer_events')))
  const connections = Math.min(
    tables,
    OWN_CONNECTIONS +
      Math.min(SHARED_CONNECTIONS * Math.ceil(tables / SHARED_CONNECTIONS), tables) / SHARED_CONNECTIONS,
  )
  const needs: Readonly<Record<QuotaName, number>> = {
    // the record of what was published is written by Pub/Sub, and counts on the project that has the dataset
    appendBytes: (rate * (EVENT + MESSAGE)) / MB,
    connections: writers * Math.ceil(connections),
    metadataUpdates: shapesAMinute / 6,
    tables,
    publish: (rate * MESSAGE) / MB,
    pull: (rate * MESSAGE) / MB,
    stream: ((rate / writers) * MESSAGE) / MB,
    push: (rate * REQUESTS_AN_EVENT * PUSHED) / MB,
    instances: writers,
  }
  const demands = (Object.keys(QUOTAS) as QuotaName[]).map((name): Demand => {
    const quota: Quota = QUOTAS[name]
    const has = isMultiRegion ? quota.multiRegion : quota.region
    return { quota, needs: needs[name], has, share: needs[name] / has }
  })
  return {
    writers,
    busy: (rate * CPU_AN_EVENT) / 1e6 / writers,
    demands: demands.toSorted((a, b) => b.share - a.share),
  }
}

/** What has to be asked for before: Google advises a quarter to a half more than is used. */
export const SPARE = 1.5

/** The quotas that are not enough, or have less to spare than Google advises, with what to ask for. */
export function toAskFor(load: Load): readonly { readonly quota: Quota; readonly amount: number }[] {
  return needsOf(load)
    .demands.filter(({ share }) => share * SPARE > 1)
    .map(({ quota, needs }) => ({ quota, amount: Math.ceil(needs * SPARE) }))
}
