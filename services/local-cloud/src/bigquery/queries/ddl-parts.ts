import type { Parameters } from '../../sql/parameters.ts'
import { fieldsOf, rewriteQuery } from '../../sql/rewrite-query.ts'
import type { TableResolver } from '../../sql/table-path.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { DdlParts } from '../ddl/ddl-runner.ts'
import { BigQueryError } from '../errors.ts'
import type { ExternalTables } from '../files/external-tables.ts'
import type { TemporaryTables } from '../scripts/temporary-tables.ts'
import type { Store } from '../store/store.ts'
import { incarnationOf } from '../table/table.ts'
import { millisOf } from './system-times.ts'

export interface DdlPlace {
  readonly catalog: Catalog
  readonly store: Store
  readonly external: ExternalTables
  readonly projectId: string
  readonly tables: TableResolver
  readonly parameters: Parameters
  /** Absent outside of scripts and sessions. */
  readonly temporary: TemporaryTables | undefined
  readonly describeView: DdlParts['describeView']
}

/** What a statement that makes or changes a table needs of the query that it is. */
export function ddlParts(place: DdlPlace): DdlParts {
  const { catalog, store, external, projectId, tables, parameters, temporary, describeView } = place
  return {
    catalog,
    store,
    newTable: (path) => tables.newTable(path),
    newTemporary: async (path) => {
      if (temporary) return temporary.place(path)
      throw new BigQueryError('invalidQuery', 'Use of CREATE TEMPORARY TABLE requires a script or session')
    },
    describeView,
    describeFiles: (source, schema) => external.describe(source, schema),
    loadFiles: (spec) => external.load(catalog, projectId, spec),
    exportRows: (made, options) => external.export(made, options),
    millisOf: (expression) => millisOf(store, expression, tables, parameters),
    select: async (query, wanted) => {
      const { sql, columns, statementType } = rewriteQuery(query, tables, parameters, wanted ?? 'own')
      if (statementType !== 'SELECT') throw new BigQueryError('invalidQuery', 'AS is followed by a SELECT.')
      await external.refresh(tables.found)
      return { sql, fields: wanted ?? fieldsOf(columns), reads: [...tables.found].map(incarnationOf) }
    },
  }
}
