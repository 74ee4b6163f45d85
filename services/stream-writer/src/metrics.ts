import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What the writer counts: every message ends in exactly one of `landed`, `duplicate` and `deadLettered`, or goes back. */
export interface WriterMetrics {
  readonly registry: Registry
  readonly held: Gauge
  readonly received: Counter
  readonly landed: Counter<'table'>
  readonly duplicate: Counter<'table'>
  readonly deadLettered: Counter<'table' | 'reason'>
  readonly givenBack: Counter<'table'>
  readonly parked: Gauge<'table'>
  /** Without a label: anybody may make up tables, and what counts is that they are few. */
  readonly requested: Counter
  readonly latency: Histogram<'table'>
  /** The label of a table. Anybody may make up event types: beyond so many tables they are counted together. */
  labelOf(table: string): string
}

/** What is counted at the moment that somebody asks. */
export interface WriterState {
  readonly held: () => number
  /** How many events wait, by table. */
  readonly parked: () => Iterable<readonly [table: string, events: number]>
}

const MOST_TABLES = 1000

export function createMetrics({ held, parked }: WriterState): WriterMetrics {
  const known = new Set<string>()
  const labelOf = (table: string) => {
    if (known.has(table)) return table
    if (known.size === MOST_TABLES) return 'other'
    known.add(table)
    return table
  }
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
    labelOf,
    held: new Gauge({
      name: 'tablestream_messages_held',
      help: 'Messages that are neither settled nor given back',
      registers,
      collect() {
        this.set(held())
      },
    }),
    received: new Counter({
      name: 'tablestream_messages_received_total',
      help: 'Messages delivered',
      registers,
    }),
    landed: new Counter({
      name: 'tablestream_events_landed_total',
      help: 'Events that are in their table',
      labelNames: ['table'],
      registers,
    }),
    duplicate: new Counter({
      name: 'tablestream_events_duplicate_total',
      help: 'Messages whose event is in its table already',
      labelNames: ['table'],
      registers,
    }),
    deadLettered: new Counter({
      name: 'tablestream_events_dead_lettered_total',
      help: 'Messages that are in the dead letters',
      labelNames: ['table', 'reason'],
      registers,
    }),
    givenBack: new Counter({
      name: 'tablestream_messages_given_back_total',
      help: 'Messages given back to Pub/Sub for a later try',
      labelNames: ['table'],
      registers,
    }),
    requested: new Counter({
      name: 'tablestream_table_requests_total',
      help: 'Requests to table-manager for a table or a column',
      registers,
    }),
    parked: new Gauge({
      name: 'tablestream_events_parked',
      help: 'Events that wait for their table or a column of it',
      labelNames: ['table'],
      registers,
      collect() {
        this.reset()
        for (const [table, events] of parked()) this.inc({ table: labelOf(table) }, events)
      },
    }),
    latency: new Histogram({
      name: 'tablestream_landing_seconds',
      help: 'From publish to landed, of the oldest event of each append',
      labelNames: ['table'],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600],
      registers,
    }),
  }
}
