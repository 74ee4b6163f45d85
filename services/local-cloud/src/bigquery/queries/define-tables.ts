import type { Catalog } from '../catalog/catalog.ts'
import type { ExternalTables } from '../files/external-tables.ts'
import type { TemporaryTables } from '../scripts/temporary-tables.ts'
import type { QuerySpec } from './query-spec.ts'

/** Makes the tables of files that a query brings along; they go with its other temporary ones. @throws BigQueryError */
export async function defineTables(
  { catalog, external }: { readonly catalog: Catalog; readonly external: ExternalTables },
  temporary: TemporaryTables,
  { tableDefinitions = {} }: Pick<QuerySpec, 'tableDefinitions'>,
): Promise<void> {
  for (const [name, source] of Object.entries(tableDefinitions)) {
    const fields = await external.describe(source, source.schema)
    await catalog.tables.create(await temporary.place([name]), {
      externalDataConfiguration: source,
      schema: { fields },
    })
  }
}
