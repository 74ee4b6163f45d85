/** A file of Cloud Storage, as jobs and external tables see it. */
export interface ObjectFile {
  /** `gs://bucket/name` */
  readonly uri: string
  /** Another one with each content. */
  readonly generation: number
  readonly size: number
}

/** Cloud Storage, as far as BigQuery reads and writes it. */
export interface Objects {
  /** What a URI names, which may have one `*`: in the order of the names. @throws BigQueryError */
  find(uri: string): readonly ObjectFile[]
  read(file: ObjectFile): Promise<Buffer>
  /** Makes the file at `path` the object. @throws BigQueryError */
  write(uri: string, path: string, contentType: string): Promise<void>
  /** Where a file may be written that becomes an object. */
  newPath(): string
}
