import type { KeptManifest } from './archive-bucket.ts'
import type { ArchiveParts } from './archive-parts.ts'
import { startOf, type Hour } from './hours.ts'
import { inTurns } from './in-turns.ts'
import { folderOfSlot, slotsOf, typeOfSlot } from './layout.ts'
import { endTry, markTry, removeTry } from './leftovers.ts'
import type { ArchivedFolder, ArchivedObject, Manifest } from './manifest.ts'
import { LONGEST_TRY_MS, tableOfTry } from './one-try.ts'
import { MOST_URIS, type SlotSums } from './record.ts'

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

/**
 * The record forgets, also between a count and a copy: what the archive has is then all that there is. Folder by folder: what came late
 * into one does not stand for what another one lost. A folder whose sums are others now may have got some and lost others: each message
 * of its files is looked for in what was copied.
 *
 * @param table of the copy
 * @throws Error that names the hour, or the first folder, of which something is gone
 */
async function checkNothingIsGone(
  { record, bucket, layout }: ArchiveParts,
  before: Manifest,
  now: Manifest,
  table: string,
): Promise<void> {
  if (now.messages < before.messages)
    throw new Error(
      `the record has ${now.messages} messages of ${now.hour} now, and the archive ${before.messages}`,
    )
  const counts = new Map(now.folders.map(({ folder, messages }) => [folder, messages]))
  const { start, end } = slotsOf(layout)
  const possible = new Set<string>()
  for (let slot = start; slot < end; slot++) possible.add(folderOfSlot(layout, now.hour, slot))
  // a folder that the layout no longer has is in others by now
  const known = before.folders.filter(({ folder }) => possible.has(folder))
  const less = known.find(({ folder, messages }) => (counts.get(folder) ?? 0) < messages)
  if (less)
    throw new Error(
      `the record has ${counts.get(less.folder) ?? 0} messages of ${less.folder} now, and the archive ${less.messages}`,
    )
  const sums = new Map(now.folders.map((each) => [each.folder, sumsOf(each)]))
  const others = before.folders.filter((each) => sums.get(each.folder) !== sumsOf(each))
  const folders = new Set(others.map(({ folder }) => folder))
  const files = before.objects.filter(({ name }) => folders.has(name.slice(0, name.lastIndexOf('/'))))
  for (let start = 0; start < files.length; start += MOST_URIS) {
    const some = files.slice(start, start + MOST_URIS).map(({ name }) => `gs://${bucket.name}/${name}`)
    const gone = await record.countGone(table, some)
    if (gone > 0)
      throw new Error(
        `the archive has ${gone} messages of ${now.hour} that the record has no longer, in ${[...folders].slice(0, 3).join(', ')}`,
      )
  }
}

const sumsOf = ({ messages, fingerprint }: ArchivedFolder) => `${messages} ${fingerprint}`

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
