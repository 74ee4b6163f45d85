import type { BulkOutcome, BulkRequest } from './bulk.ts'
import type { ToldError } from './told-error.ts'

/** What a thread for large requests is started with. */
export interface ThreadOptions {
  readonly projectId: string
  readonly topic: string
  /** Bytes of a body, unpacked. */
  readonly mostBytes: number
}

export type ToThread =
  | { readonly kind: 'take'; readonly id: number; readonly request: BulkRequest }
  | { readonly kind: 'close' }

export type FromThread =
  | { readonly kind: 'outcome'; readonly id: number; readonly outcome: BulkOutcome }
  | { readonly kind: 'failed'; readonly id: number; readonly error: ToldError }
