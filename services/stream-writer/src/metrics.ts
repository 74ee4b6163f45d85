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
  readonly latency: Histogram<'table'>
}

export function createMetrics(held: () => number): WriterMetrics {
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
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
    parked: new Gauge({
      name: 'tablestream_events_parked',
      help: 'Events that wait for their table or a column of it',
      labelNames: ['table'],
      registers,
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
