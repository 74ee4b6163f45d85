import type { ArchiveBucket } from './archive-bucket.ts'
import { endOf, hoursBetween, startOf, type Hour } from './hours.ts'
import { inTurns } from './in-turns.ts'
import { MOST_URIS, type PublishedRecord } from './record.ts'

/** Hours of the archive as tables, with the columns of the record. */
export interface ReadBack {
  /** In the dataset of the archive, one for each 10,000 files; none where no message was published in these hours. */
  readonly tables: readonly string[]
  /** Those that are in the tables. */
  readonly hours: readonly Hour[]
  /** Of the last hour, in milliseconds since 1970: what was published later is not in it. */
  readonly end: number
  readonly messages: number
  /**
   * Hours that the record has, in milliseconds since 1970: messages came late, and the archive has fewer; or they are not archived. Whoever
   * wants all messages reads these there.
   */
  readonly inRecord: readonly { readonly from: number; readonly until: number }[]
  /** Hours that neither has: what was published in them cannot be read. */
  readonly missing: readonly Hour[]
}

export interface ReadBackParts {
  readonly bucket: Pick<ArchiveBucket, 'name' | 'hours' | 'manifest'>
  readonly record: Pick<PublishedRecord, 'begun' | 'counts' | 'external' | 'drop'>
  /** How long the record keeps messages, in milliseconds. */
  readonly keptMs: number
  readonly now: () => number
}

/**
 * Makes tables over what is archived from one time until another, in milliseconds since 1970. Whoever has read them drops them. An hour
 * that is missing keeps nobody from the others: it is named.
 *
 * @param until absent: to the end of the last hour that is archived
 * @param mostUris files of one table
 * @throws Error where nothing at all is archived
 */
export async function readBack(
  { bucket, record, keptMs, now }: ReadBackParts,
  id: string,
  since: number,
  until?: number,
  mostUris = MOST_URIS,
): Promise<ReadBack> {
  const archived = await bucket.hours()
  const [first, last] = [archived[0], archived.at(-1)]
  if (first === undefined || last === undefined) throw new Error(`nothing is archived in gs://${bucket.name}`)
  const end = until ?? endOf(last)
  const hours = hoursBetween(since, end)
  const there = new Set(archived)
  // one that goes away since it was listed is not archived, and is not one without messages
  const found = await inTurns(hours, async (hour) => ({
    hour,
    manifest: there.has(hour) ? (await bucket.manifest(hour))?.manifest : undefined,
  }))
  const manifests = found.flatMap(({ manifest }) => (manifest ? [manifest] : []))
  const counts = await record.counts(since, end)
  const recorded = (hour: Hour) => counts.get(startOf(hour)) ?? 0
  const others = found.flatMap(({ hour, manifest }) => (manifest ? [] : [hour]))
  const isKept = (hour: Hour) => recorded(hour) > 0 || now() < startOf(hour) + keptMs
  const late = manifests.filter(({ hour, messages }) => recorded(hour) > messages)
  const fromRecord = [...late.map(({ hour }) => hour), ...others.filter(isKept)].toSorted()
  // before there was a record and an archive nothing was published that they could have
  const begun = others.every(isKept) ? 0 : Math.min(await record.begun(), startOf(first))
  return {
    tables: await tablesOver(
      record,
      id,
      manifests.flatMap(({ objects }) => objects.map(({ name }) => `gs://${bucket.name}/${name}`)),
      mostUris,
    ),
    hours: manifests.map(({ hour }) => hour),
    end,
    messages: manifests.reduce((sum, each) => sum + each.messages, 0),
    inRecord: fromRecord.map((hour) => ({ from: startOf(hour), until: endOf(hour) })),
    missing: others.filter((hour) => !isKept(hour) && endOf(hour) > begun),
  }
}

async function tablesOver(
  record: Pick<PublishedRecord, 'external' | 'drop'>,
  id: string,
  uris: readonly string[],
  mostUris: number,
): Promise<readonly string[]> {
  const tables: string[] = []
  try {
    for (let start = 0; start < uris.length; start += mostUris) {
      const table = `read_${id}_${tables.length}`
      await record.external(table, uris.slice(start, start + mostUris))
      tables.push(table)
    }
    return tables
  } catch (error) {
    await Promise.allSettled(tables.map((table) => record.drop(table)))
    throw error
  }
}

/** Hours in words, in their order: `2026-11-29T05 to 2026-11-29T09, 2026-11-30T01`. */
export function shownHours(hours: readonly Hour[]): string {
  const runs: [Hour, Hour][] = []
  for (const hour of hours) {
    const run = runs.at(-1)
    if (run && endOf(run[1]) === startOf(hour)) run[1] = hour
    else runs.push([hour, hour])
  }
  return runs.map(([from, to]) => (from === to ? from : `${from} to ${to}`)).join(', ')
}
