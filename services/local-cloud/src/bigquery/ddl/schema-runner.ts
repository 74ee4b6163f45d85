import type { SchemaStatement } from '../../sql/statements/schema-statement.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { datasetSettings } from '../catalog/dataset-settings.ts'
import { BigQueryError } from '../errors.ts'

export interface SchemaResult {
  readonly statementType: SchemaStatement['type']
  readonly ddl: {
    readonly operation: 'CREATE' | 'SKIP' | 'DROP' | 'ALTER'
    readonly dataset: { readonly projectId: string; readonly datasetId: string }
  }
}

/** @param location where it is made, where no option says so @throws BigQueryError duplicate, notFound, resourceInUse */
export async function runSchemaStatement(
  catalog: Catalog,
  project: string,
  { type: statementType, path, isLenient, cascade, body }: SchemaStatement,
  { isDry, location }: { readonly isDry: boolean; readonly location: string | undefined },
): Promise<SchemaResult> {
  const [datasetId = '', projectId = project, ...others] = path.toReversed()
  if (others.length > 0) throw new BigQueryError('invalid', `Invalid schema name ${path.join('.')}`)
  const dataset = { projectId, datasetId }
  const done = (operation: SchemaResult['ddl']['operation']): SchemaResult => ({
    statementType,
    ddl: { operation, dataset },
  })
  const exists = catalog.datasets.has(projectId, datasetId)
  if (isLenient && exists === (statementType === 'CREATE_SCHEMA')) return done('SKIP')
  const place = (body['location'] as string | undefined) ?? location
  switch (statementType) {
    case 'CREATE_SCHEMA': {
      const made = {
        ...dataset,
        ...datasetSettings(body, {}),
        ...(place !== undefined && { location: place }),
      }
      if (exists) throw new BigQueryError('duplicate', `Already Exists: Dataset ${projectId}:${datasetId}`)
      if (!isDry) await catalog.datasets.create(made)
      return done('CREATE')
    }
    case 'DROP_SCHEMA':
      catalog.datasets.get(projectId, datasetId)
      if (!isDry) await catalog.deleteDataset(projectId, datasetId, cascade)
      return done('DROP')
    default: {
      const before = catalog.datasets.get(projectId, datasetId)
      const change = datasetSettings(body, before.labels)
      if (!isDry) await catalog.datasets.update(before, change)
      return done('ALTER')
    }
  }
}
