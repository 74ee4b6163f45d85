/** What a thread for large requests is started with. */
export interface BulkThreadOptions {
  readonly projectId: string
  readonly topic: string
  /** Bytes of a body, unpacked. */
  readonly mostBytes: number
}
