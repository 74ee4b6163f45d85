import type { Readable } from 'node:stream'

/** A file, an object or a query's rows, as it was when it was found. */
export interface SourceObject {
  /** `file:` paths are absolute and as they are on disk: no percent signs are added. `gs://bucket/name` likewise. */
  readonly uri: string
  /** Absent where nobody knows before it is read. */
  readonly bytes?: number
  /** The same text as long as the bytes are the same: a generation, or size and time of the last change. */
  readonly version: string
  /** Its bytes from `start` on, up to and without `end`. Whoever stops before the end destroys the stream. */
  readonly open: (range?: ByteRange) => Readable
  /** All its bytes, of one version: a small file is read at once. Absent: by `open`. @throws SourceError where it changed meanwhile */
  readonly whole?: () => Promise<Buffer>
  /** @param portion that has been read; absent: all. @throws SourceError where it is another version by now, or gone */
  readonly check: (portion?: Pick<Portion, 'from' | 'until'>) => Promise<void>
  /** Takes away what was made of it, a temporary file: for whoever is done with it. */
  readonly close?: () => Promise<void>
  /** Of a query: it has rows and no bytes. */
  readonly rows?: SourceRows
  /** Its records are dead letters: one that is so again has its letter. */
  readonly isDead?: boolean
  /** Notes that messages of it have their end, and by which load. However often it is called, it is noted once. */
  readonly markLanded?: (messageIds: readonly string[], by: string) => Promise<void>
}

/** Messages that a query finds, in shares whose bounds are the same each time. */
export interface SourceRows {
  /** Their bounds, in microseconds since 1970: each but the last is where the next one begins. */
  readonly bounds: () => Promise<readonly number[]>
  /** In an order that is the same each time. */
  readonly read: (from: number, until: number) => AsyncIterable<FoundMessage | IncompleteMessage>
}

export interface FoundMessage extends PublishedBefore {
  readonly data: Uint8Array
}

/** A message of several parts, of which some are not there: a broken record. */
export interface IncompleteMessage {
  readonly isIncomplete: true
  /** Of the parts that are there. */
  readonly data: Uint8Array
  readonly reason: string
}

export interface ByteRange {
  readonly start: number
  /** Absent: to the end. */
  readonly end?: number
}

/** Where a record stands: what a person needs to find it, and what is the same whenever the source is read again. */
export interface Place {
  readonly uri: string
  /** From 1, of the first line of the record. Absent in a portion of which nobody knows how many lines stand before it. */
  readonly line?: number
  /** Of its first byte, in the file as it is once unpacked. */
  readonly byte?: number
  /** From 0: of a JSON array's element, of a row in its row group or block, of a row of a query. */
  readonly row?: number
  /** From 0, of Parquet. */
  readonly rowGroup?: number
  /** Byte at which the block of Avro begins. */
  readonly block?: number
}

/** A record that could be read. Whether it is an event is the judge's to say: it may be no JSON, or no object. */
export interface SourceRecord {
  readonly kind: 'record'
  /**
   * JSON text of one record, its numbers as they were written. It may be a view on a larger buffer, as lines are: whoever keeps it for
   * longer than the batch copies it.
   */
  readonly json: Uint8Array
  readonly place: Place
  /** Pub/Sub's attributes, id and time, where the record is a message that was published before. */
  readonly message?: PublishedBefore
}

export interface PublishedBefore {
  readonly messageId: string
  /** RFC 3339 */
  readonly publishTime: string
  readonly attributes: Readonly<Record<string, string>>
}

/** A row of CSV: text by column; an empty field without quotes is absent. Its types are found over the whole file: csv-types.ts. */
export interface TextRecord {
  readonly kind: 'texts'
  readonly texts: readonly (string | undefined)[]
  readonly place: Place
}

/** What cannot be a record, whatever else is right in the file. It is a dead letter, and reading goes on behind it. */
export interface BrokenRecord {
  readonly kind: 'broken'
  /** The first of its bytes where there are more than a message may have. */
  readonly bytes: Uint8Array
  /** How many there are. */
  readonly length: number
  readonly rule: 'too_long' | 'fields' | 'quotes' | 'encoding' | 'not_json' | 'value' | 'parts'
  /** A sentence that names what is wrong. */
  readonly reason: string
  readonly place: Place
}

export type Read = SourceRecord | TextRecord | BrokenRecord

/** What a source is, by its content. */
export type Format = 'ndjson' | 'json_array' | 'json_values' | 'csv' | 'parquet' | 'avro' | 'rows' | 'empty'
export type Packing = 'none' | 'gzip' | 'zstd'

/** `windows-1252` is Latin-1 with letters where that has control characters. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

/** What was found out about a source by its first bytes, and by what the caller says of it. */
export interface Recognised {
  readonly format: Format
  readonly packing: Packing
  readonly encoding: Encoding
  /** Of CSV. */
  readonly csv?: CsvShape
  /** Whether its records are messages that were published before, with id, time and attributes. */
  readonly isMessages?: boolean
  /** What ends the lines of CSV: \n, also where \r stands before it, or \r alone. */
  readonly newline?: '\n' | '\r'
}

export interface CsvShape {
  readonly columns: readonly string[]
  /** Whether the first row is the names of the columns. */
  readonly hasHeader: boolean
  readonly delimiter: string
  readonly quote: string
}

/**
 * A share of a source. Its bounds come from the source's version and the options alone, never from who reads it: whoever reads it again
 * reads the same records. Portions of a source have every record once.
 */
export interface Portion {
  readonly uri: string
  readonly version: string
  /** From 0. */
  readonly index: number
  readonly of: number
  /** Bytes of a line or block's beginning, or numbers of row groups; both 0 and Infinity stand for all there is. */
  readonly from: number
  readonly until: number
  /** Number of the line at `from`, where it is known. */
  readonly firstLine?: number
}

/** What of a source cannot be read at all: the file ends too soon, is no such file, changed, or nobody may read it. */
export class SourceError extends Error {
  readonly rule: SourceRule
  /** A sentence about the source: what was found where something else was due. */
  readonly what: string
  readonly where: Place

  constructor(rule: SourceRule, what: string, where: Place, options?: { readonly cause?: unknown }) {
    super(`${where.uri}: ${what}`, options)
    this.rule = rule
    this.what = what
    this.where = where
  }
}

/** `denied`: the caller may not read it. `unreachable`: nobody answers, and it may be tried again. */
export type SourceRule =
  | 'truncated'
  | 'damaged'
  | 'changed'
  | 'missing'
  | 'denied'
  | 'unknown'
  | 'unreachable'
