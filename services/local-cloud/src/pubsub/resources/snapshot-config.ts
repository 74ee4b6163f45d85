export interface SnapshotConfig {
  readonly name: string
  readonly topic: string
  readonly labels: Readonly<Record<string, string>>
  /** Milliseconds since 1970. */
  readonly expireTime: number
}
