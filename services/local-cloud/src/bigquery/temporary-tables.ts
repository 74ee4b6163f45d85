import type { Catalog } from './catalog.ts'
import { BigQueryError } from './errors.ts'
import { newScriptDataset } from './script-dataset.ts'
import type { TableReference } from './table.ts'

/** The temporary tables of one script. They are in a dataset of their own, which goes with the script. */
export class TemporaryTables {
  readonly #catalog: Catalog
  readonly #projectId: string
  readonly #location: string | undefined
  readonly #datasetId = newScriptDataset()
  /** By names in lower case. */
  readonly #tables = new Map<string, TableReference>()

  constructor(catalog: Catalog, projectId: string, location: string | undefined) {
    this.#catalog = catalog
    this.#projectId = projectId
    this.#location = location
  }

  /** The temporary table that a path means: one name, which comes before a table of the default dataset, or `_SESSION.name`. */
  find(path: readonly string[]): TableReference | undefined {
    const name = nameOf(path)
    const reference = name === undefined ? undefined : this.#tables.get(name.toLowerCase())
    return reference && this.#catalog.tables.find(reference) ? reference : undefined
  }

  /** Where a temporary table of this name goes. @throws BigQueryError for a name with a dataset */
  async place(path: readonly string[]): Promise<TableReference> {
    const tableId = nameOf(path)
    if (tableId === undefined)
      throw new BigQueryError(
        'invalidQuery',
        `CREATE TEMP TABLE cannot be used with a qualified name: ${path.join('.')}`,
      )
    const reference = { projectId: this.#projectId, datasetId: this.#datasetId, tableId }
    const { datasets } = this.#catalog
    if (!datasets.has(this.#projectId, this.#datasetId))
      await datasets.create({
        ...reference,
        ...(this.#location !== undefined && { location: this.#location }),
      })
    this.#tables.set(tableId.toLowerCase(), reference)
    return reference
  }

  async drop(): Promise<void> {
    if (this.#catalog.datasets.has(this.#projectId, this.#datasetId))
      await this.#catalog.deleteDataset(this.#projectId, this.#datasetId, true)
  }
}

function nameOf(path: readonly string[]): string | undefined {
  if (path.length === 1) return path[0]
  return path.length === 2 && path[0]!.toUpperCase() === '_SESSION' ? path[1] : undefined
}
