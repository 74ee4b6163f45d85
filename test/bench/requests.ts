import { settled, startPipeline, sumOfMetric } from '../end-to-end/pipeline.ts'
import { line } from './measure.ts'

const BATCH = 10_000
/** Event types that are there from the beginning. */
const TYPES = 20
/** Shapes that come on the way, evenly: half of them new types, half new columns of those that are there. */
const SHAPES = 200

/** However many events come: it is shapes that are asked for. */
export const MOST_REQUESTS = 1000

/** @throws Error where table-manager is asked more often than it may */
export function checkRequests(asked: number, answered: number): void {
  const most = Math.max(asked, answered)
  if (!(most <= MOST_REQUESTS))
    throw new Error(
      `table-manager got ${most} requests for ${TYPES} types and ${SHAPES} shapes, and may get ${MOST_REQUESTS}`,
    )
}

/** How often table-manager is asked while so many events come: by shapes, and not by events. */
export async function requests(events: number): Promise<void> {
  const pipeline = await startPipeline({
    services: ['table-manager', 'stream-writer'],
    env: { LOG_LEVEL: 'warn' },
    resources: { bigquerySubscriptions: false },
  })
  try {
    const { clients, writerUrl, managerUrl } = pipeline
    for (let at = 0; at < events; at += BATCH) {
      await clients.publish(
        Array.from({ length: Math.min(BATCH, events - at) }, (_, n) => JSON.stringify(event(at + n, events))),
      )
    }
    await settled(pipeline, 600_000)
    const asked = await sumOfMetric(writerUrl, 'tablestream_table_requests_total')
    const answered = await sumOfMetric(managerUrl.slice(0, -1), 'tablestream_events_received_total')
    line(asked, `requests for ${events} events of ${TYPES} types and ${SHAPES} new shapes`)
    line(answered, 'of them, and of those that were delivered again, answered by table-manager')
    checkRequests(asked, answered)
  } finally {
    await pipeline.close()
  }
}

function event(n: number, events: number): object {
  const shape = Math.floor((n / events) * SHAPES)
  const common = { event_id: `r-${n}`, n }
  // each shape goes on to come once it is there
  const some = n % (shape + 1)
  if (n % 3 !== 0 || shape === 0) return { event_type: `known_${n % TYPES}`, ...common, text: 'as ever' }
  return some % 2 === 0
    ? { event_type: `new_${some}`, ...common }
    : { event_type: `known_${some % TYPES}`, ...common, [`column_${some}`]: 1.5 }
}
