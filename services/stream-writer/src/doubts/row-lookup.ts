import { createHash } from 'node:crypto'

/** What a row is known by. */
export interface RowKey {
  readonly eventType: string
  readonly source: string
  readonly eventId: string
  /** Of its bytes, in decimal digits: a row of another event with the same id is none of this one. */
  readonly fingerprint: string
  /** The partition: YYYY-MM-DD. */
  readonly eventDate: string
}

/** Looks rows up in their table. */
export interface RowLookup {
  /**
   * The keys of rows that are there, as `keyTextOf` writes them; undefined where queries see no such table.
   *
   * @throws the client's own error where BigQuery refuses or cannot be reached
   */
  find(table: string, keys: readonly RowKey[]): Promise<ReadonlySet<string> | undefined>
  /** Whether what failed so may pass later. */
  mayPass(error: unknown): boolean
}

export function keyTextOf({ eventType, source, eventId, fingerprint }: Omit<RowKey, 'eventDate'>): string {
  return keyTextOfDigest({ eventType, source, idDigest: digestOf(eventId), fingerprint })
}

/** @param key a key with `digestOf` its id */
export function keyTextOfDigest({
  eventType,
  source,
  idDigest,
  fingerprint,
}: Omit<RowKey, 'eventDate' | 'eventId'> & { readonly idDigest: string }): string {
  return JSON.stringify([eventType, source, idDigest, fingerprint])
}

/** What TO_HEX(SHA256(…)) of SQL gives: an id may have megabytes. */
export function digestOf(eventId: string): string {
  return createHash('sha256').update(eventId).digest('hex')
}
