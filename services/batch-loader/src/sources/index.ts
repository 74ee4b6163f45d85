import { stdin } from 'node:process'
import type { Readable } from 'node:stream'
import type { SourceObject } from '../formats/records.ts'
import type { StorageClient } from '../google/storage.ts'
import type { Progress } from '../progress.ts'
import { cloudObjects } from './cloud-objects.ts'
import { localFiles } from './local-files.ts'
import { recordedObject } from './recorded.ts'
import { recordedOf } from './recorded-span.ts'
import type { RecordedOptions } from './recorded-rows.ts'
import { spooled } from './spooled.ts'

export interface SourceClients extends RecordedOptions {
  readonly storage: StorageClient
  /** Absent: the process's own. */
  readonly input?: Readable
  /** Hears what is waited for. */
  readonly progress?: Pick<Progress, 'say'>
}

/**
 * The objects that are meant, one by one as they are found: files, folders, globs, `gs://…`, and `-`, standard input, which is written
 * to a temporary file, as a load reads twice; and what was published, or is dead, as the tables of the dataset have it.
 *
 * @throws SourceError where a source means nothing, or may not be read; Error for a span of time that is none
 */
export async function* findObjects(
  sources: readonly string[],
  { storage, input = stdin, progress, ...options }: SourceClients,
): AsyncGenerator<SourceObject> {
  const now = Date.now()
  for (const [source, recorded] of sources.map((each) => [each, recordedOf(each, now)] as const)) {
    if (recorded) yield await recordedObject(recorded, options)
    else if (source === '-') yield await spooled(input, '-')
    else if (source.startsWith('gs://')) yield* cloudObjects(source, storage)
    else yield* localFiles(source, progress?.say)
  }
}
