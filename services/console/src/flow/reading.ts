import { readSamples, type Sample } from './prometheus-text.ts'

/** What one instance of stream-writer told at one moment: sums since it started. */
export interface Counts {
  landed: number
  duplicates: number
  deadLetters: number
  /** Messages that Pub/Sub shall deliver again later. */
  givenBack: number
  /** Events that wait for the table or a column of it, now. */
  waiting: number
}

export interface TableCounts extends Counts {
  /** How many appends took no longer than each edge, in seconds, from publish to landed. */
  readonly buckets: Map<number, number>
}

export interface Reading {
  received: number
  /** Messages that are neither settled nor given back, now. */
  held: number
  readonly tables: Map<string, TableCounts>
}

const METRICS = new Set([
  'tablestream_messages_received_total',
  'tablestream_messages_given_back_total',
  'tablestream_messages_held',
  'tablestream_events_landed_total',
  'tablestream_events_duplicate_total',
  'tablestream_events_dead_lettered_total',
  'tablestream_events_parked',
  'tablestream_landing_seconds_bucket',
])

/** Reads what `/metrics` of stream-writer tells (services/stream-writer/src/metrics.ts). */
export function readingOf(text: string): Reading {
  const reading: Reading = { received: 0, held: 0, tables: new Map() }
  for (const sample of readSamples(text, METRICS)) add(reading, sample)
  return reading
}

function add(reading: Reading, { name, labels, value }: Sample): void {
  if (name === 'tablestream_messages_received_total') reading.received += value
  else if (name === 'tablestream_messages_held') reading.held += value
  else addToTable(countsOf(reading.tables, labels['table'] ?? ''), { name, labels, value })
}

function addToTable(counts: TableCounts, { name, labels, value }: Sample): void {
  if (name === 'tablestream_events_landed_total') counts.landed += value
  else if (name === 'tablestream_events_duplicate_total') counts.duplicates += value
  else if (name === 'tablestream_events_dead_lettered_total') counts.deadLetters += value
  else if (name === 'tablestream_messages_given_back_total') counts.givenBack += value
  else if (name === 'tablestream_events_parked') counts.waiting += value
  else {
    const edge = labels['le'] === '+Inf' ? Infinity : Number(labels['le'])
    counts.buckets.set(edge, (counts.buckets.get(edge) ?? 0) + value)
  }
}

export function countsOf(tables: Map<string, TableCounts>, table: string): TableCounts {
  let counts = tables.get(table)
  if (!counts) tables.set(table, (counts = noCounts()))
  return counts
}

export function noCounts(): TableCounts {
  return { landed: 0, duplicates: 0, deadLetters: 0, givenBack: 0, waiting: 0, buckets: new Map() }
}
