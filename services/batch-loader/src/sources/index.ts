import { stdin } from 'node:process'
import type { Readable } from 'node:stream'
import type { SourceObject } from '../formats/records.ts'
import type { StorageClient } from '../google/storage.ts'
import { cloudObjects } from './cloud-objects.ts'
import { localFiles } from './local-files.ts'
import { spooled } from './spooled.ts'

export interface SourceClients {
  readonly storage: StorageClient
  /** Absent: the process's own. */
  readonly input?: Readable
}

/**
 * The objects that are meant, one by one as they are found: files, folders, globs, `gs://…`, and `-`, standard input, which is written
 * to a temporary file, as a load reads twice.
 *
 * @throws SourceError where a source means nothing, or may not be read
 */
export async function* findObjects(
  sources: readonly string[],
  { storage, input = stdin }: SourceClients,
): AsyncGenerator<SourceObject> {
  for (const source of sources) {
    if (source === '-') yield await spooled(input, '-')
    else if (source.startsWith('gs://')) yield* cloudObjects(source, storage)
    else yield* localFiles(source)
  }
}
