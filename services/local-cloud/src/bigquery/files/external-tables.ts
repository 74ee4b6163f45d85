import type { DuckDBValue } from '@duckdb/node-api'
import type { Catalog } from '../catalog/catalog.ts'
import { BigQueryError } from '../errors.ts'
import { physical } from '../table/physical.ts'
import { readFields, type Field } from '../values/fields.ts'
import type { Store } from '../store/store.ts'
import { incarnationOf, type Table } from '../table/table.ts'
import { writeRows, type ExtractSpec } from './extract.ts'
import { insertRows } from './insert-rows.ts'
import { findFiles, load, type LoadSpec } from './load.ts'
import { saysColumns } from './file-rows.ts'
import type { Objects } from './objects.ts'
import { readFiles } from './read-files.ts'
import type { SourceSpec } from '../table/source-spec.ts'
import { readOptions } from './read-options.ts'

/** cloud.google.com/bigquery/quotas: source URIs of an external table. */
const MOST_URIS = 10_000

/**
 * External tables: their rows are in files. Before a query they are brought into DuckDB, where they have changed since the one
 * before.
 */
export class ExternalTables {
  readonly #store: Store
  readonly #objects: Objects
  /** Which files, in which generation, are in DuckDB, by the incarnation of the table. */
  readonly #known = new Map<string, string>()

  constructor(store: Store, objects: Objects) {
    this.#store = store
    this.#objects = objects
  }

  /** The columns of a table that is to be made. @throws BigQueryError */
  async describe(source: SourceSpec, schema: SourceSpec['schema']): Promise<readonly Field[]> {
    const { sourceUris = [] } = source
    if (sourceUris.length > MOST_URIS)
      throw new BigQueryError(
        'invalid',
        `Too many source URIs: ${sourceUris.length}, at most ${MOST_URIS} are allowed.`,
      )
    const options = readOptions(source)
    const told = schema?.fields ?? source.schema?.fields
    if (told) return readFields(told)
    const files = findFiles(this.#objects, source.sourceUris ?? [])
    const { fields } = await readFiles(await this.#read(files), options)
    return readFields(fields)
  }

  /** Brings what the files hold now into the tables. @throws BigQueryError where one is missing, or does not fit */
  async refresh(tables: Iterable<Table>): Promise<void> {
    for (const table of tables) {
      const source = table.spec.externalDataConfiguration
      if (source) await this.#refresh(table, source)
    }
  }

  /** LOAD DATA. @throws as `load` */
  async load(catalog: Catalog, projectId: string, spec: LoadSpec): Promise<void> {
    await load({ catalog, store: this.#store, objects: this.#objects }, projectId, spec)
  }

  /** EXPORT DATA. @throws BigQueryError where there are files that are not to be overwritten */
  async export(
    made: { readonly fields: readonly Field[]; readonly rows: DuckDBValue[][] },
    { overwrite, ...spec }: ExtractSpec & { readonly destinationUri: string; readonly overwrite: boolean },
  ): Promise<void> {
    const { destinationUri: uri } = spec
    if (!overwrite && this.#objects.find(uri).length > 0)
      throw new BigQueryError(
        'invalidQuery',
        `Invalid destination: ${uri} names files that are there; overwrite = true replaces them.`,
      )
    await writeRows(this.#objects, uri, made, spec)
  }

  async #refresh(table: Table, source: SourceSpec): Promise<void> {
    const options = readOptions(source)
    const files = findFiles(this.#objects, source.sourceUris ?? [])
    const version = files.map(({ uri, generation }) => `${uri}#${generation}`).join('\n')
    if (this.#known.get(incarnationOf(table)) === version) return
    const read = await readFiles(await this.#read(files), options, table.fields)
    await this.#store.write(
      async (connection) => {
        await connection.run(`DELETE FROM ${physical(table.reference)}`)
        // a table need not have all columns of its files
        await insertRows(connection, table, read, options.ignoreUnknownValues || saysColumns(options.format))
      },
      [incarnationOf(table)],
    )
    this.#known.set(incarnationOf(table), version)
  }

  #read(files: ReturnType<typeof findFiles>): Promise<Buffer[]> {
    return Promise.all(files.map((file) => this.#objects.read(file)))
  }
}
