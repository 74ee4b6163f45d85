import { hoursBetween, readBack, shownHours, type ArchiveParts, type readConfig } from '@tablestream/archiver'
import { openBigQuery, openPubSub } from '../target/google-clients.ts'
import { publishAny, type Target, waysToPublish } from '@tablestream/ledger'

export interface RepublishOptions {
  /** Milliseconds since 1970, a whole hour. */
  readonly since: number
  readonly until: number | undefined
  /** Event types; none: all of them. */
  readonly types: ReadonlySet<string>
  readonly apply: boolean
}

interface ArchivedMessage {
  readonly event_type: string
  readonly message_id: string
  /** RFC 3339. */
  readonly publish_time: { readonly value: string }
  /** NULL where the record has none. */
  readonly data: Buffer | null
  readonly attributes: string
}

/** Messages that are on their way to Pub/Sub at one time. */
const BATCH = 1000

/**
 * Publishes archived messages again.
 *
 * @returns how many there are, or were published
 * @throws Error that names the hours that are not archived, when all others are done
 */
export async function republish(
  target: Target,
  { ARCHIVE_DATASET: archiveDataset }: ReturnType<typeof readConfig>,
  parts: ArchiveParts,
  { since, until, types, apply }: RepublishOptions,
): Promise<number> {
  const back = await readBack(parts, parts.newId(), since, until)
  const pubsub = openPubSub(target)
  try {
    const rows = back.tables.length === 0 ? [] : readMessages(target, archiveDataset, back.tables, types)
    const topic = pubsub.topic(target.topic)
    let count = 0
    let batch: Promise<unknown>[] = []
    for await (const { message_id: id, publish_time: time, data: stored, attributes } of rows) {
      const data = stored ?? Buffer.alloc(0)
      count++
      if (!apply) continue
      const own = (JSON.parse(attributes) ?? {}) as Record<string, string>
      batch.push(publishAny(topic, waysToPublish({ id, data, attributes: own, publishTime: time.value })))
      if (batch.length < BATCH) continue
      await Promise.all(batch)
      batch = []
    }
    await Promise.all(batch)
    const of = `of ${back.messages} in ${back.hours.length} hours of gs://${parts.bucket.name}`
    console.log(
      apply
        ? `${count} published again to ${target.topic}, ${of}`
        : `${count} would be published again to ${target.topic}, ${of}. With --apply they are.`,
    )
    const archived = new Set(back.hours)
    const others = hoursBetween(since, back.end).filter((hour) => !archived.has(hour))
    if (others.length > 0)
      throw new Error(
        `gs://${parts.bucket.name} has not archived ${shownHours(others)}: nothing is published again of that`,
      )
    return count
  } finally {
    await pubsub.close()
    await Promise.all(back.tables.map((table) => parts.record.drop(table)))
  }
}

function readMessages(
  target: Target,
  archiveDataset: string,
  tables: readonly string[],
  types: ReadonlySet<string>,
): AsyncIterable<ArchivedMessage> {
  const columns = 'event_type, message_id, publish_time, data, attributes'
  const all = tables
    .map((table) => `SELECT ${columns} FROM \`${target.projectId}.${archiveDataset}.${table}\``)
    .join(' UNION ALL ')
  const filter = types.size === 0 ? '' : 'WHERE event_type IN UNNEST(@types)'
  return openBigQuery(target).createQueryStream({
    query: `SELECT event_type, message_id, publish_time, data, attributes FROM (${all}) ${filter} ORDER BY publish_time`,
    ...(types.size > 0 && { params: { types: [...types] } }),
  })
}
