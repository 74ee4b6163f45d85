import type { Catalog } from '../catalog/catalog.ts'
import { BigQueryError, notImplemented } from '../errors.ts'
import { newScriptDataset } from '../catalog/script-dataset.ts'
import type { TableReference } from '../table/table.ts'

/** The temporary tables of one script, or session. They are in a dataset of their own, which goes with it. */
export class TemporaryTables {
  readonly #catalog: Catalog
  readonly #projectId: string
  readonly #location: string | undefined
  readonly #datasetId = newScriptDataset()
  /** By names in lower case. */
  readonly #tables = new Map<string, TableReference>()
  /** Those that a transaction has made, which is not committed; absent where there is none. */
  #made: Set<string> | undefined

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
    await this.open()
    this.#checkMade(tableId)
    this.#tables.set(tableId.toLowerCase(), reference)
    this.#made?.add(tableId.toLowerCase())
    return reference
  }

  /** Makes the dataset that they are in: what a transaction makes may be taken back. */
  async open(): Promise<void> {
    const { datasets } = this.#catalog
    const [projectId, datasetId] = [this.#projectId, this.#datasetId]
    if (datasets.has(projectId, datasetId)) return
    const location = this.#location
    await datasets.create({ projectId, datasetId, ...(location !== undefined && { location }) })
  }

  /** Those that are made from now on may be taken back. */
  noteMade(): void {
    this.#made = new Set()
  }

  keepMade(): void {
    this.#made = undefined
  }

  /** A transaction took back what it did: its tables are none any more. */
  async takeBack(): Promise<void> {
    const made = this.#made ?? []
    this.#made = undefined
    for (const name of made) {
      const reference = this.#tables.get(name)
      this.#tables.delete(name)
      if (reference && this.#catalog.tables.find(reference)) await this.#catalog.tables.delete(reference)
    }
  }

  /** @throws BigQueryError notImplemented in a transaction that would drop a table which was there before it */
  checkDrop(path: readonly string[]): void {
    const name = nameOf(path)
    if (name !== undefined) this.#checkMade(name)
  }

  #checkMade(tableId: string): void {
    const name = tableId.toLowerCase()
    if (this.#made && !this.#made.has(name) && this.find([tableId]))
      throw notImplemented('a transaction that drops a temporary table which was there before it')
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
