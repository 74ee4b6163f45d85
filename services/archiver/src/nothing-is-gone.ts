import type { ArchiveParts } from './archive-parts.ts'
import { folderOfSlot, slotsOf } from './layout.ts'
import type { ArchivedFolder, Manifest } from './manifest.ts'
import { MOST_URIS } from './record.ts'

/**
 * The record forgets, also between a count and a copy: what the archive has is then all that there is. Folder by folder: what came late
 * into one does not stand for what another one lost. A folder whose sums are others now may have got some and lost others: each message
 * of its files is looked for in what was copied.
 *
 * @param table of the copy
 * @throws Error that names the hour, or the first folder, of which something is gone
 */
export async function checkNothingIsGone(
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
  for (let from = 0; from < files.length; from += MOST_URIS) {
    const some = files.slice(from, from + MOST_URIS).map(({ name }) => `gs://${bucket.name}/${name}`)
    const gone = await record.countGone(table, some)
    if (gone > 0)
      throw new Error(
        `the archive has ${gone} messages of ${now.hour} that the record has no longer, in ${[...folders].slice(0, 3).join(', ')}`,
      )
  }
}

const sumsOf = ({ messages, fingerprint }: ArchivedFolder) => `${messages} ${fingerprint}`
