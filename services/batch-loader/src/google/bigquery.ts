import { setTimeout as sleep } from 'node:timers/promises'
import { BigQuery } from '@google-cloud/bigquery'
import { codeOf, NOT_FOUND } from '@tablestream/service-kit'
import { columnsOfFields, type Column } from '@tablestream/table-schema'
import { LoadError } from '../load-error.ts'
import { runOnce, type Ended } from './run-once.ts'
import { grantsOn, setGrantsOn, type Grant } from './table-grants.ts'
import {
  patchOf,
  traitsOf,
  type MetadataOfTraits,
  type TableField,
  type TableTraits,
} from './table-traits.ts'
import { untilDone } from './until-done.ts'

export type { TableField, TableTraits } from './table-traits.ts'

/** Of a job's metadata, what is looked at. */
export interface JobResult {
  readonly statistics?: {
    readonly rowLevelSecurityStatistics?: { readonly rowLevelSecurityApplied?: boolean }
    readonly dataMaskingStatistics?: { readonly dataMaskingApplied?: boolean }
    readonly query?: { readonly numDmlAffectedRows?: string }
    readonly load?: { readonly outputRows?: string }
    /** Files that were made, by address. */
    readonly extract?: { readonly destinationUriFileCounts?: readonly string[] }
  }
}

export interface TableKnown {
  readonly columns: readonly Column[]
  readonly requiresPartitionFilter: boolean
  readonly labels: Readonly<Record<string, string>>
}

/** The dataset that is loaded into. */
export interface Warehouse {
  /** The full name, in backticks. */
  readonly name: (table: string) => string
  /** Undefined where there is no such table. */
  readonly table: (table: string) => Promise<TableKnown | undefined>
  /** Makes a table that is gone after some time, unless it is there. */
  readonly makeTable: (table: string, fields: readonly TableField[], expiresInMs?: number) => Promise<void>
  /** A table of what files of Parquet hold at any time. */
  readonly makeTableOfFiles: (table: string, uri: string) => Promise<void>
  readonly dropTable: (table: string) => Promise<void>
  /** @throws Error where there is no such table */
  readonly traits: (table: string) => Promise<TableTraits>
  /** Changes those that are not null. */
  readonly setTraits: (table: string, traits: Partial<TableTraits>) => Promise<void>
  /** Who has a role on the table itself; undefined where this account may not look. */
  readonly grants: (table: string) => Promise<readonly Grant[] | undefined>
  /** Gives a table these grants, and no others. @returns undefined where this account may not */
  readonly setGrants: (table: string, grants: readonly Grant[]) => Promise<true | undefined>
  /** Lets a job of this name succeed once, however often it is asked for: whoever comes second hears what became of it. */
  readonly runOnce: (name: string, configuration: JobConfiguration) => Promise<JobResult>
  readonly query: <Row>(query: string, params?: Readonly<Record<string, unknown>>) => Promise<readonly Row[]>
  /** The same where they may be many: a page is held at a time. */
  readonly rows: <Row>(query: string, params?: Readonly<Record<string, unknown>>) => AsyncIterable<Row>
}

export interface JobConfiguration {
  readonly load?: {
    readonly sourceUris: readonly string[]
    readonly table: string
    readonly fields: readonly TableField[]
    /** Whether the table gets the columns that it lacks; absent: no. */
    readonly grows?: boolean
  }
  readonly query?: { readonly query: string; readonly params?: Readonly<Record<string, string>> }
  /** A table as files of Parquet: a `*` in the address becomes twelve digits. */
  readonly extract?: { readonly table: string; readonly uri: string }
}

const CONFLICT = 409
/** Rows of a page at most; it has fewer where they are large (docs: paging through results, 20 MB). */
const PAGE = 1000

export function openWarehouse(projectId: string, datasetId: string): Warehouse {
  const bigquery = new BigQuery({ projectId })
  const dataset = bigquery.dataset(datasetId)
  // a job is where its dataset is, and is not found without that (docs: jobs.get, "location")
  let location: Promise<string | undefined> | undefined
  const locationOf = () =>
    (location ??= dataset
      .getMetadata()
      .then((answer) => (answer as unknown as [{ location?: string }])[0].location))

  const configurationOf = ({ load, query, extract }: JobConfiguration) => {
    if (extract)
      return {
        extract: {
          sourceTable: { projectId, datasetId, tableId: extract.table },
          destinationUris: [extract.uri],
          destinationFormat: 'PARQUET',
          compression: 'SNAPPY',
        },
      }
    return load
      ? {
          load: {
            sourceUris: load.sourceUris,
            destinationTable: { projectId, datasetId, tableId: load.table },
            sourceFormat: 'NEWLINE_DELIMITED_JSON',
            schema: { fields: load.fields },
            writeDisposition: 'WRITE_APPEND',
            createDisposition: 'CREATE_NEVER',
            ...(load.grows && { schemaUpdateOptions: ['ALLOW_FIELD_ADDITION'] }),
          },
        }
      : { query: { query: query!.query, useLegacySql: false, ...parametersOf(query!.params) } }
  }

  async function finished(jobId: string): Promise<JobMetadata> {
    const job = bigquery.job(jobId, { location: (await locationOf())! })
    return untilDone(async () => (await job.getMetadata())[0] as JobMetadata, {
      now: () => performance.now(),
      sleep,
    })
  }

  return {
    name: (table) => `\`${projectId}.${datasetId}.${table}\``,
    async table(table) {
      try {
        const [metadata] = (await dataset.table(table).getMetadata()) as unknown as [TableMetadata]
        return {
          columns: columnsOfFields(metadata.schema?.fields ?? []),
          requiresPartitionFilter: metadata.requirePartitionFilter ?? false,
          labels: metadata.labels ?? {},
        }
      } catch (error) {
        if (codeOf(error) === NOT_FOUND) return undefined
        throw error
      }
    },
    async makeTable(table, fields, expiresInMs) {
      const expirationTime =
        expiresInMs === undefined ? {} : { expirationTime: String(Date.now() + expiresInMs) }
      try {
        await dataset.createTable(table, { schema: { fields: [...fields] }, ...expirationTime } as object)
      } catch (error) {
        if (codeOf(error) !== CONFLICT) throw error
      }
    },
    async makeTableOfFiles(table, uri) {
      const externalDataConfiguration = { sourceFormat: 'PARQUET', sourceUris: [uri], autodetect: true }
      await dataset.createTable(table, { externalDataConfiguration } as object)
    },
    async dropTable(table) {
      await dataset.table(table).delete({ ignoreNotFound: true })
    },
    async traits(table) {
      const [metadata] = (await dataset.table(table).getMetadata()) as unknown as [TableMetadata]
      return traitsOf(metadata)
    },
    async setTraits(table, traits) {
      const [metadata] = (await dataset.table(table).getMetadata()) as unknown as [TableMetadata]
      await dataset.table(table).setMetadata(patchOf(metadata, traits))
    },
    grants: (table) => grantsOn(dataset.table(table)),
    setGrants: (table, grants) => setGrantsOn(dataset.table(table), grants),
    async runOnce(name, configuration) {
      const create = async (jobId: string): Promise<boolean> => {
        try {
          const jobLocation = await locationOf()
          await bigquery.createJob({
            jobId,
            ...(jobLocation !== undefined && { location: jobLocation }),
            configuration: configurationOf(configuration) as object,
          })
          return true
        } catch (error) {
          if (codeOf(error) === CONFLICT) return false
          throw new LoadError('job_failed', `${name}: ${String(error)}`, { cause: error })
        }
      }
      const { statistics } = await runOnce(name, { create, ended: finished, sleep })
      return statistics ? { statistics } : {}
    },
    async query<Row>(query: string, params: Readonly<Record<string, unknown>> = {}) {
      const [rows] = await bigquery.query({ query, params: { ...params }, useQueryCache: false })
      return rows as Row[]
    },
    async *rows<Row>(query: string, params: Readonly<Record<string, unknown>> = {}) {
      const [job] = await bigquery.createQueryJob({ query, params: { ...params }, useQueryCache: false })
      let next: object | null = { autoPaginate: false, maxResults: PAGE }
      while (next) {
        const [rows, following] = (await job.getQueryResults(next)) as unknown as [Row[], object | null]
        yield* rows
        next = following
      }
    },
  }
}

/** Texts, as a job has them (docs: REST, QueryParameter). */
function parametersOf(params: Readonly<Record<string, string>> = {}): object {
  const all = Object.entries(params)
  if (all.length === 0) return {}
  const queryParameters = all.map(([name, value]) => ({
    name,
    parameterType: { type: 'STRING' },
    parameterValue: { value },
  }))
  return { parameterMode: 'NAMED', queryParameters }
}

interface JobMetadata extends JobResult {
  readonly status?: Ended['status'] & { readonly state?: string }
}

interface TableMetadata extends MetadataOfTraits {
  readonly requirePartitionFilter?: boolean
}
