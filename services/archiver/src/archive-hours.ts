import type { ArchiveBucket, KeptManifest } from './archive-bucket.ts'
import { endOf, hoursBetween, hourOf, type Hour } from './hours.ts'
import { checkLayout, folderOfSlot, hourFolder, OTHERS, typeOfSlot, type Layout } from './layout.ts'
import type { ArchivedObject, Manifest } from './manifest.ts'
import type { PublishedRecord, SlotSums } from './record.ts'

export interface ArchiveParts {
  readonly record: PublishedRecord
  readonly bucket: ArchiveBucket
  readonly layout: Layout
  readonly now: () => number
  /** Names the files of one try: another one has other files. */
  readonly newId: () => string
}

export interface ArchivePlan {
  /** How long the record keeps messages, in milliseconds: hours that are older are not looked for. */
  readonly keptMs: number
  /** How long after its end an hour is left alone: Pub/Sub is still writing it. */
  readonly settleMs: number
  /** Of how many hours that are archived it is looked whether messages came late. */
  readonly recheckHours: number
}

export interface HourReport {
  readonly hour: Hour
  /** `archived`: it was not; `again`: messages had come late; `elsewhere`: another process was faster. */
  readonly outcome: 'archived' | 'again' | 'elsewhere'
  readonly messages: number
}

/** Extract jobs that run at one time. */
const AT_ONCE = 16

/**
 * Archives every hour that the record has and the archive lacks, the oldest first, and those to which messages came late.
 *
 * @param told hears of each hour, as it is done
 */
export async function archiveHours(
  parts: ArchiveParts,
  plan: ArchivePlan,
  told: (report: HourReport) => void,
): Promise<void> {
  checkLayout(parts.layout)
  const now = parts.now()
  // the first hour of the record may have begun before it; the oldest may be half gone
  const oldest = Math.max(await parts.record.begun(), now - plan.keptMs + (endOf(hourOf(now)) - now))
  const closed = hoursBetween(oldest, now - plan.settleMs)
  const archived = new Set(await parts.bucket.hours())
  for (const hour of closed) if (!archived.has(hour)) told(await archiveHour(parts, hour))
  const known = closed.filter((hour) => archived.has(hour)).slice(-plan.recheckHours)
  for (const hour of plan.recheckHours === 0 ? [] : known) {
    const kept = await parts.bucket.manifest(hour)
    const messages = await parts.record.count(hour)
    if (kept && messages > kept.manifest.messages) told(await archiveHour(parts, hour, kept))
  }
}

/** Archives an hour. @param before what was archived of it, and is replaced */
async function archiveHour(parts: ArchiveParts, hour: Hour, before?: KeptManifest): Promise<HourReport> {
  const { record, bucket, layout } = parts
  const id = parts.newId()
  const table = `hour_${hour.replaceAll(/\D/g, '')}_${id}`
  try {
    await record.stage(hour, table, layout)
    const sums = await record.sums(table)
    const made = await inTurns(sums, (each) => extractSlot(parts, hour, table, id, each))
    const messages = sums.reduce((sum, each) => sum + each.messages, 0)
    const manifest: Manifest = {
      hour,
      archived_at: new Date(parts.now()).toISOString(),
      messages,
      folders: sums.map((each) => ({
        folder: folderOfSlot(layout, hour, each.slot),
        event_type: typeOfSlot(layout, each.slot),
        messages: each.messages,
        fingerprint: each.fingerprint,
      })),
      objects: made.flat(),
    }
    const isOurs = await bucket.publish(manifest, before?.generation ?? '0')
    if (isOurs) await tidy(parts, manifest, before?.manifest)
    else await inTurns(manifest.objects, (object) => bucket.delete(object))
    const outcome = !isOurs ? 'elsewhere' : before ? 'again' : 'archived'
    return { hour, outcome, messages }
  } finally {
    await record.drop(table)
  }
}

async function extractSlot(
  { record, bucket, layout }: ArchiveParts,
  hour: Hour,
  table: string,
  id: string,
  { slot }: SlotSums,
): Promise<ArchivedObject[]> {
  const prefix = `${folderOfSlot(layout, hour, slot)}/${id}`
  const count = await record.extract(table, slot, `gs://${bucket.name}/${prefix}`)
  const objects = await bucket.list(`${prefix}-`)
  if (objects.length !== count)
    throw new Error(`BigQuery says that it made ${count} files of ${prefix}, and ${objects.length} are there`)
  return objects
}

/** Removes files of the hour that are not of this manifest: those of the one before, and of tries that came to no end. */
async function tidy({ bucket, layout }: ArchiveParts, manifest: Manifest, before?: Manifest): Promise<void> {
  const kept = new Set(manifest.objects.map(({ name }) => name))
  const found: ArchivedObject[] = [...(before?.objects ?? [])]
  for (const type of [...layout.types, OTHERS])
    found.push(...(await bucket.list(`${hourFolder(type, manifest.hour)}/`)))
  await inTurns(
    found.filter(({ name }) => !kept.has(name)),
    (object) => bucket.delete(object),
  )
}

/** Does the same for each, so many at one time; the first that fails ends it. */
async function inTurns<T, R>(all: readonly T[], work: (each: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < all.length; at += AT_ONCE)
    results.push(...(await Promise.all(all.slice(at, at + AT_ONCE).map(work))))
  return results
}
