import type { EventTypeDefinition } from '@tablestream/contract'

/** What a thread for large requests is started with. */
export interface BulkThreadOptions {
  readonly projectId: string
  readonly topic: string
  /** Bytes of a body, unpacked. */
  readonly mostBytes: number
  /** The field that names the type of an event. */
  readonly typeField: string
  /** Beside those of the catalogue: each thread knows what it was told itself. */
  readonly contracts: readonly EventTypeDefinition[]
}
