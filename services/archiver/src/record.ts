import { BigQuery } from '@google-cloud/bigquery'
import { endOf, startOf, type Hour } from './hours.ts'
import { KEY_COLUMNS, KEYS_ALONE, messagesAndKeysOf } from './message-sql.ts'
import { slotSql, slotsOf, type Layout } from './layout.ts'

export interface RecordPlace {
  readonly projectId: string
  /** Of the record, `published_messages`. */
  readonly dataset: string
  /** Of tables that live for as long as an hour is archived, or read back. */
  readonly archiveDataset: string
}

/** Messages of one folder. */
export interface SlotSums {
  readonly slot: number
  readonly messages: number
  readonly fingerprint: string
}

/** cloud.google.com/bigquery/quotas: URIs of an external table. */
export const MOST_URIS = 10_000

const PUBLISHED = 'published_messages'
const KEYS = 'published_keys'
const HOUR_MS = 3_600_000
const IN_HOUR = 'publish_time >= TIMESTAMP(@from) AND publish_time < TIMESTAMP(@until)'

const spanOf = (hour: Hour) => ({
  from: new Date(startOf(hour)).toISOString(),
  until: new Date(endOf(hour)).toISOString(),
})

/** The record of what was published, which Pub/Sub itself writes, and the jobs that copy hours of it. */
export class PublishedRecord {
  readonly #bigquery: BigQuery
  readonly #place: RecordPlace

  constructor(place: RecordPlace) {
    this.#bigquery = new BigQuery({ projectId: place.projectId })
    this.#place = place
  }

  /** When the record was begun, in milliseconds since 1970. */
  async begun(): Promise<number> {
    const [metadata] = (await this.#bigquery
      .dataset(this.#place.dataset)
      .table(PUBLISHED)
      .getMetadata()) as unknown as [{ readonly creationTime: string }]
    return Number(metadata.creationTime)
  }

  /** How many messages of an hour it has. BigQuery reads 8 bytes of each for it. */
  async count(hour: Hour): Promise<number> {
    const [rows] = await this.#bigquery.query({
      query: `SELECT COUNT(*) AS messages FROM ${this.#name(PUBLISHED)} WHERE ${IN_HOUR}`,
      params: spanOf(hour),
    })
    return (rows as { messages: number }[])[0]?.messages ?? 0
  }

  /**
   * How many messages it has of each hour, by the hour's beginning; times are milliseconds since 1970. It keeps days: of older hours it
   * has none. BigQuery reads 8 bytes of each message for it.
   */
  async counts(from: number, until: number): Promise<ReadonlyMap<number, number>> {
    const [rows] = await this.#bigquery.query({
      query: `SELECT DIV(UNIX_MILLIS(publish_time), ${HOUR_MS}) AS hour, COUNT(*) AS messages
        FROM ${this.#name(PUBLISHED)} WHERE ${IN_HOUR} GROUP BY 1`,
      params: {
        from: new Date(Math.floor(from / HOUR_MS) * HOUR_MS).toISOString(),
        until: new Date(until).toISOString(),
      },
    })
    return new Map(
      (rows as { hour: number; messages: number }[]).map(({ hour, messages }) => [hour * HOUR_MS, messages]),
    )
  }

  /**
   * Copies an hour into a table of its own, in which each folder is a partition, with the keys of each message: the one time that its
   * bytes are read by a query, and billed. What extract jobs make of its partitions is free.
   */
  async stage(hour: Hour, table: string, layout: Layout): Promise<void> {
    const slot = slotSql(layout, 'event_type', 'publish_time')
    const { start, end } = slotsOf(layout)
    const [job] = await this.#bigquery.createQueryJob({
      query: `SELECT *, ${slot} AS slot FROM (${messagesAndKeysOf(this.#name(PUBLISHED), IN_HOUR)})`,
      params: spanOf(hour),
      destination: this.#staging.table(table),
      writeDisposition: 'WRITE_TRUNCATE',
      rangePartitioning: { field: 'slot', range: { start: `${start}`, end: `${end}`, interval: '1' } },
    })
    await job.promise()
  }

  /**
   * Copies the keys of an hour from a table of `stage` to where reconcile reads them, in the place of those that are there. One
   * statement: who reads meanwhile has the old ones or the new ones, and never none. Two at one time may leave keys that are not those
   * of the record: reconcile counts them, and reads the record where they differ.
   */
  async copyKeys(hour: Hour, table: string): Promise<void> {
    const columns = KEY_COLUMNS.join(', ')
    const made = KEY_COLUMNS.map((name) => `made.${name}`).join(', ')
    await this.#bigquery.query({
      // what is removed is named, so that BigQuery reads no other hour for it
      query: `MERGE ${this.#name(KEYS)} AS kept USING ${this.#staged(table)} AS made ON FALSE
        WHEN NOT MATCHED THEN INSERT (${columns}) VALUES (${made})
        WHEN NOT MATCHED BY SOURCE AND kept.publish_time >= TIMESTAMP(@from) AND kept.publish_time < TIMESTAMP(@until) THEN DELETE`,
      params: spanOf(hour),
    })
  }

  /** Takes the keys out of a table of `stage`: the archive has no use for them. */
  async dropKeys(table: string): Promise<void> {
    await this.#bigquery.query({
      query: `ALTER TABLE ${this.#staged(table)} ${KEYS_ALONE.map((name) => `DROP COLUMN ${name}`).join(', ')}`,
    })
  }

  /** What a table of `stage` has in each folder. */
  async sums(table: string): Promise<SlotSums[]> {
    const [rows] = await this.#bigquery.query({
      query: `SELECT slot, COUNT(*) AS messages, CAST(BIT_XOR(FARM_FINGERPRINT(message_id)) AS STRING) AS fingerprint
        FROM ${this.#staged(table)} GROUP BY slot ORDER BY slot`,
    })
    return rows as SlotSums[]
  }

  /**
   * How many messages of these files a table of `stage` lacks. BigQuery bills the files whole: they are those of folders whose sums differ.
   *
   * @param uris at most MOST_URIS
   */
  async countGone(table: string, uris: readonly string[]): Promise<number> {
    const files = `${table}_before`
    await this.external(files, uris)
    try {
      const [rows] = await this.#bigquery.query({
        query: `SELECT COUNT(*) AS messages FROM ${this.#staged(files)} AS kept
          WHERE NOT EXISTS (SELECT 1 FROM ${this.#staged(table)} AS now WHERE now.message_id = kept.message_id)`,
      })
      return (rows as { messages: number }[])[0]?.messages ?? 0
    } finally {
      await this.drop(files)
    }
  }

  /** Makes files of a folder, `PREFIX-000000000000.avro` and on. @returns how many */
  async extract(table: string, slot: number, uriPrefix: string): Promise<number> {
    const { projectId, archiveDataset: datasetId } = this.#place
    const [job] = await this.#bigquery.createJob({
      configuration: {
        extract: {
          sourceTable: { projectId, datasetId, tableId: `${table}$${slot}` },
          destinationUris: [`${uriPrefix}-*.avro`],
          destinationFormat: 'AVRO',
          compression: 'DEFLATE',
          useAvroLogicalTypes: true,
        },
      },
    })
    await job.promise()
    const [metadata] = (await job.getMetadata()) as unknown as [
      {
        readonly statistics: { readonly extract?: { readonly destinationUriFileCounts?: readonly string[] } }
      },
    ]
    return Number(metadata.statistics.extract?.destinationUriFileCounts?.[0] ?? 0)
  }

  /** Tables of tries and of readers that are there, and when they were made, in milliseconds since 1970. */
  async tables(): Promise<{ readonly table: string; readonly madeAt: number }[]> {
    const [tables] = await this.#staging.getTables()
    return tables.map(({ id, metadata }) => ({
      table: id ?? '',
      madeAt: Number((metadata as { readonly creationTime?: string }).creationTime),
    }))
  }

  async drop(table: string): Promise<void> {
    await this.#staging.table(table).delete({ ignoreNotFound: true })
  }

  /** A table over files of the archive. @returns its name, as `drop` takes it */
  async external(table: string, uris: readonly string[]): Promise<void> {
    await this.#staging.createTable(table, {
      externalDataConfiguration: {
        sourceFormat: 'AVRO',
        sourceUris: uris,
        avroOptions: { useAvroLogicalTypes: true },
      },
    } as object)
  }

  get #staging() {
    return this.#bigquery.dataset(this.#place.archiveDataset)
  }

  #staged(table: string): string {
    return `\`${this.#place.projectId}.${this.#place.archiveDataset}.${table}\``
  }

  #name(table: string): string {
    return `\`${this.#place.projectId}.${this.#place.dataset}.${table}\``
  }
}
