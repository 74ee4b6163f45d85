import type { KeptManifest } from './archive-bucket.ts'
import type { ArchiveParts } from './archive-parts.ts'
import { startOf, type Hour } from './hours.ts'
import { inTurns } from './in-turns.ts'
import { folderOfSlot, typeOfSlot } from './layout.ts'
import { endTry, markTry, removeTry } from './leftovers.ts'
import type { ArchivedObject, Manifest } from './manifest.ts'
import { checkNothingIsGone } from './nothing-is-gone.ts'
import { LONGEST_TRY_MS, tableOfTry } from './one-try.ts'
import type { SlotSums } from './record.ts'

export interface HourReport {
  readonly hour: Hour
  /**
   * `archived`: it was not; `again`: messages had come late; `keys`: those of reconcile were missing, and are there now; `elsewhere`:
   * another process was faster.
   */
  readonly outcome: 'archived' | 'again' | 'keys' | 'elsewhere'
  readonly messages: number
  /** Why reconcile has no keys of it, and reads the record. */
  readonly keysFailed?: unknown
}

/**
 * Archives an hour. Its marker stands for as long as there may be files that no manifest names: who finds an old one knows that a try
 * was killed.
 *
 * @param before what was archived of it, and is replaced
 */
export async function archiveHour(
  parts: ArchiveParts,
  hour: Hour,
  before?: KeptManifest,
): Promise<HourReport> {
  const { record, bucket } = parts
  const id = parts.newId()
  const table = tableOfTry(hour, id)
  const began = parts.now()
  let manifest: Manifest
  let keysFailed: unknown
  try {
    await record.stage(hour, table, parts.layout)
    await markTry(parts, hour, id)
    // the archive is the only copy there will be: it does not wait for what reconcile saves by them
    keysFailed = await record.copyKeys(hour, table).then(
      () => undefined,
      (error: unknown) => error,
    )
    await record.dropKeys(table)
    manifest = {
      ...(await makeFiles(parts, hour, table, id)),
      ...(keysFailed !== undefined && { has_keys: false as const }),
    }
    if (parts.now() - began > LONGEST_TRY_MS)
      throw new Error(`the files of ${hour} took longer than ${LONGEST_TRY_MS} ms`)
    if (before) await checkNothingIsGone(parts, before.manifest, manifest, table)
    else checkIsNotForgotten(parts, manifest)
  } catch (error) {
    // where this fails, too, the marker stays and tells of it
    await removeTry(parts, hour, id).catch(() => undefined)
    throw error
  }
  const isOurs = await bucket.publish(manifest, before?.generation ?? '0')
  const unnamed = isOurs ? (before?.manifest.objects ?? []) : manifest.objects
  await inTurns(unnamed, (object) => bucket.delete(object))
  await endTry(parts, hour, id)
  const outcome = !isOurs ? 'elsewhere' : before ? 'again' : 'archived'
  return { hour, outcome, messages: manifest.messages, ...(keysFailed !== undefined && { keysFailed }) }
}

/**
 * Makes the keys of an hour whose own try did not.
 *
 * @returns undefined where the record has no longer all of the hour: what is archived stays as it is
 */
export async function makeKeys(
  parts: ArchiveParts,
  hour: Hour,
  { manifest, generation }: KeptManifest,
): Promise<HourReport | undefined> {
  const { record, bucket } = parts
  const table = tableOfTry(hour, parts.newId())
  try {
    await record.stage(hour, table, parts.layout)
    const sums = await record.sums(table)
    if (messagesOf(sums) < manifest.messages) return undefined
    await record.copyKeys(hour, table)
  } finally {
    await record.drop(table)
  }
  const { has_keys: _, ...whole } = manifest
  const isOurs = await bucket.publish(whole, generation)
  return { hour, outcome: isOurs ? 'keys' : 'elsewhere', messages: manifest.messages }
}

/**
 * An hour of which nothing was found when the record may have forgotten it by then is not one in which nothing was published. What
 * BigQuery forgets is a whole partition, and so a whole hour.
 *
 * @throws Error that names the hour
 */
function checkIsNotForgotten({ now, keptMs }: ArchiveParts, { hour, messages }: Manifest): void {
  if (messages === 0 && now() >= startOf(hour) + keptMs)
    throw new Error(`the record keeps no messages of ${hour} any more: what it had of them is not archived`)
}

async function makeFiles(parts: ArchiveParts, hour: Hour, table: string, id: string): Promise<Manifest> {
  const { record, layout } = parts
  const sums = await record.sums(table)
  const made = await inTurns(sums, (each) => extractSlot(parts, hour, table, id, each))
  return {
    hour,
    archived_at: new Date(parts.now()).toISOString(),
    messages: messagesOf(sums),
    folders: sums.map((each) => ({
      folder: folderOfSlot(layout, hour, each.slot),
      event_type: typeOfSlot(layout, each.slot),
      messages: each.messages,
      fingerprint: each.fingerprint,
    })),
    objects: made.flat(),
  }
}

function messagesOf(sums: readonly SlotSums[]): number {
  return sums.reduce((sum, each) => sum + each.messages, 0)
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
  return objects.map(({ name, generation, size, crc32c }) => ({ name, generation, size, crc32c }))
}
