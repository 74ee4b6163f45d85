import { endOf, hoursBetween, startOf, type Hour } from './hours.ts'
import type { ArchiveBucket } from './archive-bucket.ts'
import type { PublishedRecord } from './record.ts'

/** cloud.google.com/bigquery/quotas: URIs of an external table. */
const MOST_URIS = 10_000

/** Hours of the archive as a table, with the columns of the record. */
export interface ReadBack {
  /** In the dataset of the archive; absent where no message was published in these hours. */
  readonly table?: string
  readonly hours: readonly Hour[]
  /** Of the last hour, in milliseconds since 1970: what was published later is not in it. */
  readonly end: number
  readonly messages: number
  /** Hours of which the record has more than the archive, in milliseconds since 1970: messages that came late. */
  readonly late: readonly { readonly from: number; readonly until: number }[]
}

/**
 * Makes a table over what is archived from one time until another, in milliseconds since 1970. Whoever has read it drops it.
 *
 * @param until absent: to the end of the last hour that is archived
 * @throws Error that names the hours that are not archived
 */
export async function readBack(
  { bucket, record }: { readonly bucket: ArchiveBucket; readonly record: PublishedRecord },
  id: string,
  since: number,
  until?: number,
): Promise<ReadBack> {
  const archived = await bucket.hours()
  const last = archived.at(-1)
  if (last === undefined) throw new Error(`nothing is archived in gs://${bucket.name}`)
  const end = until ?? endOf(last)
  const hours = hoursBetween(since, end)
  const missing = hours.filter((hour) => !archived.includes(hour))
  if (missing.length > 0)
    throw new Error(
      `gs://${bucket.name} has not archived ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? `, and ${missing.length - 5} more hours` : ''}`,
    )
  const kept = await Promise.all(hours.map((hour) => bucket.manifest(hour)))
  const manifests = kept.flatMap((each) => (each ? [each.manifest] : []))
  const uris = manifests.flatMap(({ objects }) => objects.map(({ name }) => `gs://${bucket.name}/${name}`))
  if (uris.length > MOST_URIS)
    throw new Error(
      `${hours.length} hours are ${uris.length} files; ${MOST_URIS} at a time can be read: ask for fewer hours`,
    )
  const messages = manifests.reduce((sum, each) => sum + each.messages, 0)
  const counts = await record.counts(since, end)
  const late = manifests
    .filter(({ hour, messages: known }) => (counts.get(startOf(hour)) ?? 0) > known)
    .map(({ hour }) => ({ from: startOf(hour), until: endOf(hour) }))
  if (uris.length === 0) return { hours, end, messages, late }
  const table = `read_${id}`
  await record.external(table, uris)
  return { table, hours, end, messages, late }
}
