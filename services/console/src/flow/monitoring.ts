import type { AskService } from '../send/other-service.ts'

/** What Pub/Sub counted in a minute, as Cloud Monitoring tells it. */
export interface Minute {
  /** Milliseconds since 1970: its end. */
  readonly at: number
  readonly published: number
  /** By stream-writer, whatever their end: landed, duplicates and dead letters together. */
  readonly acknowledged: number
  readonly deadLetters: number
  /** Messages that are not acknowledged, at its end; null where nothing is told of it. */
  readonly waiting: number | null
  /** How old the oldest of these is, in seconds; null where nothing is told of it. */
  readonly oldestSeconds: number | null
}

export interface MonitoringOptions {
  readonly projectId: string
  readonly topic: string
  /** That of stream-writer. */
  readonly subscription: string
  readonly deadLetterTopic: string
  /** An access token. */
  readonly token: () => Promise<string>
  readonly ask: AskService
}

const SPAN_MS = 3_600_000
const MINUTE_MS = 60_000
const LONGEST_MS = 10_000
const PUBLISHED = 'pubsub.googleapis.com/topic/send_message_operation_count'

type Aligner = 'ALIGN_DELTA' | 'ALIGN_MAX'
type Figures = ReadonlyMap<number, number>

/**
 * The minutes of the last hour that Monitoring knows, oldest first. It tells of a minute some minutes later; a minute without messages has
 * no point, and a topic that never had one no series.
 *
 * @throws Error with what Monitoring answered
 */
export async function readMinutes(options: MonitoringOptions, now: number): Promise<Minute[]> {
  const { topic, subscription, deadLetterTopic } = options
  const token = await options.token()
  const read = (kind: 'topic' | 'subscription', id: string, metric: string, aligner: Aligner) =>
    readFigures(options, token, now, {
      filter: `metric.type="${metric}" AND resource.type="pubsub_${kind}" AND resource.labels.${kind}_id="${id}"`,
      aligner,
    })
  const ofWriter = 'pubsub.googleapis.com/subscription'
  const [published, acknowledged, dead, waiting, oldest] = await Promise.all([
    read('topic', topic, PUBLISHED, 'ALIGN_DELTA'),
    read('subscription', subscription, `${ofWriter}/ack_message_count`, 'ALIGN_DELTA'),
    read('topic', deadLetterTopic, PUBLISHED, 'ALIGN_DELTA'),
    read('subscription', subscription, `${ofWriter}/num_undelivered_messages`, 'ALIGN_MAX'),
    read('subscription', subscription, `${ofWriter}/oldest_unacked_message_age`, 'ALIGN_MAX'),
  ])
  const known = [published, acknowledged, dead, waiting, oldest].flatMap((figures) => [...figures.keys()])
  if (known.length === 0) return []
  const last = Math.max(...known)
  const minutes: Minute[] = []
  for (let at = Math.min(...known); at <= last; at += MINUTE_MS)
    minutes.push({
      at,
      published: published.get(at) ?? 0,
      acknowledged: acknowledged.get(at) ?? 0,
      deadLetters: dead.get(at) ?? 0,
      waiting: waiting.get(at) ?? null,
      oldestSeconds: oldest.get(at) ?? null,
    })
  return minutes
}

interface Answer {
  readonly timeSeries?: readonly {
    readonly points?: readonly {
      readonly interval: { readonly endTime: string }
      readonly value: { readonly int64Value?: string; readonly doubleValue?: number }
    }[]
  }[]
}

/** By the end of each minute: projects.timeSeries.list, whose points are the newest first. */
async function readFigures(
  { projectId, ask }: MonitoringOptions,
  token: string,
  now: number,
  { filter, aligner }: { readonly filter: string; readonly aligner: Aligner },
): Promise<Figures> {
  // minutes that are the same whenever they are asked for: they are aligned to the end of the interval
  const end = Math.floor(now / MINUTE_MS) * MINUTE_MS
  const query = new URLSearchParams({
    filter,
    'interval.startTime': new Date(end - SPAN_MS).toISOString(),
    'interval.endTime': new Date(end).toISOString(),
    'aggregation.alignmentPeriod': '60s',
    'aggregation.perSeriesAligner': aligner,
    'aggregation.crossSeriesReducer': 'REDUCE_SUM',
  })
  const response = await ask(
    `https://monitoring.googleapis.com/v3/projects/${projectId}/timeSeries?${query.toString()}`,
    {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(LONGEST_MS),
    },
  )
  const text = await response.text()
  if (!response.ok) throw new Error(`Cloud Monitoring answered ${response.status}: ${text.slice(0, 500)}`)
  const figures = new Map<number, number>()
  for (const { points = [] } of (JSON.parse(text) as Answer).timeSeries ?? [])
    for (const { interval, value } of points) {
      const at = Math.round(Date.parse(interval.endTime) / MINUTE_MS) * MINUTE_MS
      figures.set(at, (figures.get(at) ?? 0) + Number(value.int64Value ?? value.doubleValue ?? 0))
    }
  return figures
}
