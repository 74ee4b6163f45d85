import { endOf, hoursBetween, startOf, type Hour } from './hours.ts'
import { inTurns } from './in-turns.ts'
import type { ArchiveBucket } from './archive-bucket.ts'
import type { PublishedRecord } from './record.ts'

/** cloud.google.com/bigquery/quotas: URIs of an external table. */
const MOST_URIS = 10_000

/** Hours of the archive as tables, with the columns of the record. */
export interface ReadBack {
  /** In the dataset of the archive, one for each 10,000 files; none where no message was published in these hours. */
  readonly tables: readonly string[]
  readonly hours: readonly Hour[]
  /** Of the last hour, in milliseconds since 1970: what was published later is not in it. */
  readonly end: number
  readonly messages: number
  /** Hours of which the record has more than the archive, in milliseconds since 1970: messages that came late. */
  readonly late: readonly { readonly from: number; readonly until: number }[]
}

/**
 * Makes tables over what is archived from one time until another, in milliseconds since 1970. Whoever has read them drops them.
 *
 * @param until absent: to the end of the last hour that is archived
 * @param mostUris files of one table
 * @throws Error that names the hours that are not archived, or are no longer
 */
export async function readBack(
  {
    bucket,
    record,
  }: {
    readonly bucket: Pick<ArchiveBucket, 'name' | 'hours' | 'manifest'>
    readonly record: Pick<PublishedRecord, 'counts' | 'external' | 'drop'>
  },
  id: string,
  since: number,
  until?: number,
  mostUris = MOST_URIS,
): Promise<ReadBack> {
  const archived = await bucket.hours()
  const last = archived.at(-1)
  if (last === undefined) throw new Error(`nothing is archived in gs://${bucket.name}`)
  const end = until ?? endOf(last)
  const hours = hoursBetween(since, end)
  const there = new Set(archived)
  checkNoneIsMissing(
    hours.filter((hour) => !there.has(hour)),
    `gs://${bucket.name} has not archived`,
  )
  const kept = await inTurns(hours, (hour) => bucket.manifest(hour))
  // what is gone since it was listed is no hour without messages
  checkNoneIsMissing(
    hours.filter((_, place) => kept[place] === undefined),
    `gs://${bucket.name} no longer has`,
  )
  const manifests = kept.flatMap((each) => (each ? [each.manifest] : []))
  const uris = manifests.flatMap(({ objects }) => objects.map(({ name }) => `gs://${bucket.name}/${name}`))
  const messages = manifests.reduce((sum, each) => sum + each.messages, 0)
  const counts = await record.counts(since, end)
  const late = manifests
    .filter(({ hour, messages: known }) => (counts.get(startOf(hour)) ?? 0) > known)
    .map(({ hour }) => ({ from: startOf(hour), until: endOf(hour) }))
  const tables: string[] = []
  try {
    for (let start = 0; start < uris.length; start += mostUris) {
      const table = `read_${id}_${tables.length}`
      await record.external(table, uris.slice(start, start + mostUris))
      tables.push(table)
    }
  } catch (error) {
    await Promise.allSettled(tables.map((table) => record.drop(table)))
    throw error
  }
  return { tables, hours, end, messages, late }
}

function checkNoneIsMissing(hours: readonly Hour[], what: string): void {
  if (hours.length === 0) return
  const more = hours.length > 5 ? `, and ${hours.length - 5} more hours` : ''
  throw new Error(`${what} ${hours.slice(0, 5).join(', ')}${more}`)
}
