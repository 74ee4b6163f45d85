/** Where the messages of one event type ended. `messages` is the sum of the five that follow it. */
export interface Account {
  readonly eventType: string
  readonly table: string
  /** Messages that Pub/Sub took. */
  readonly messages: number
  /** Events that are in their table. */
  readonly landed: number
  /** Messages that repeat an event that landed. */
  readonly duplicates: number
  /** Messages whose place another event with their id took: in tables with upserts. */
  readonly replaced: number
  readonly deadLettered: number
  /** Messages that are nowhere: lost, or on their way. */
  readonly missing: number
  /** Of those that landed, the ones whose rows have no fingerprint: their id alone tells, and their source, where the row has one. */
  readonly landedById: number
  /** Rows that repeat an event; the view `<table>_deduplicated` does not show them. */
  readonly extraRows: number
  /** Ids that events with different bytes have, of the same type and source; none in tables with upserts. */
  readonly collisions: number
}

/** An event without an end. Of long ids and sources the first 200 characters are told. */
export interface MissingEvent {
  readonly eventType: string
  readonly eventId: string
  readonly source: string
  /** How many messages it came with that have no end. */
  readonly messages: number
  /** The first of them, */
  readonly messageId: string
  /** and when it was published. */
  readonly publishTime: string
}

/** An id that events with different bytes have. */
export interface Collision {
  readonly eventType: string
  readonly eventId: string
  readonly source: string
  /** How many different events have it. */
  readonly contents: number
  /** How many messages came with these. */
  readonly messages: number
  /** One of each event, of ten events at most. */
  readonly messageIds: readonly string[]
}

/** Messages that are in no account: nobody can say whether they have their end. */
export interface Uncompared {
  readonly messages: number
  readonly why: string
}

export interface Ledger {
  readonly accounts: readonly Account[]
  /** The first of them, oldest first. */
  readonly missing: readonly MissingEvent[]
  /** The first of them, oldest first. */
  readonly collisions: readonly Collision[]
  readonly uncompared: readonly Uncompared[]
  /** What BigQuery read for it. */
  readonly bytesRead: number
  /** What it bills for that, where no slots are reserved: 10 MB for each query at least. */
  readonly bytesBilled: number
}
