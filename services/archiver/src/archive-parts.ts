import type { ArchiveBucket } from './archive-bucket.ts'
import type { Layout } from './layout.ts'
import type { PublishedRecord } from './record.ts'

export interface ArchiveParts {
  readonly record: PublishedRecord
  readonly bucket: ArchiveBucket
  readonly layout: Layout
  /** How long the record keeps messages, in milliseconds. */
  readonly keptMs: number
  readonly now: () => number
  /** Names the files of one try: another one has other files. */
  readonly newId: () => string
}
