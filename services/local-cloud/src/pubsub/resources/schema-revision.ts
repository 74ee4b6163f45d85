export type SchemaType = 'AVRO' | 'PROTOCOL_BUFFER'

export interface SchemaRevision {
  readonly revisionId: string
  /** Milliseconds since 1970. */
  readonly createTime: number
  readonly type: SchemaType
  readonly definition: string
}

/** A schema as it is kept: revisions in the order in which they were made, at least one. */
export interface SavedSchema {
  readonly name: string
  readonly revisions: readonly SchemaRevision[]
}

/** What a topic asks of its messages. */
export interface SchemaSettings {
  /** A schema's name, or `_deleted-schema_`. */
  readonly schema: string
  readonly encoding: 'JSON' | 'BINARY'
  readonly firstRevisionId?: string
  readonly lastRevisionId?: string
}
