import type { Field } from '../values/fields.ts'
import { splitDecorator } from '../table/partition-decorator.ts'
import type { TableReference } from '../table/table.ts'
import type { Destination } from './destination.ts'

/** What a job says of where its rows go: JobConfigurationQuery and JobConfigurationLoad say it alike. */
export interface DestinationSpec {
  readonly destinationTable?: Partial<TableReference>
  readonly createDisposition?: string
  readonly writeDisposition?: string
  readonly timePartitioning?: object
  readonly rangePartitioning?: object
  readonly clustering?: object
  readonly schemaUpdateOptions?: readonly string[]
}

export const DESTINATION_FIELDS = [
  'destinationTable',
  'createDisposition',
  'writeDisposition',
  'timePartitioning',
  'rangePartitioning',
  'clustering',
  'schemaUpdateOptions',
] as const satisfies readonly (keyof DestinationSpec)[]

/**
 * A table as a job names it.
 *
 * @param project that of the job
 */
export function namedTable(
  named: Partial<TableReference> | undefined,
  project: string,
): Pick<Destination, 'reference' | 'partition'> {
  const { projectId = project, datasetId = '', tableId = '' } = named ?? {}
  const { table: reference, partition } = splitDecorator({ projectId, datasetId, tableId })
  return { reference, partition }
}

/**
 * @param fields the columns of the rows
 * @param writeDisposition where the job says none
 */
export function destinationOf(
  spec: DestinationSpec,
  project: string,
  fields: readonly Field[],
  writeDisposition: string,
): Destination {
  return {
    ...namedTable(spec.destinationTable, project),
    fields,
    body: settingsOf(spec),
    createDisposition: spec.createDisposition ?? 'CREATE_IF_NEEDED',
    writeDisposition: spec.writeDisposition ?? writeDisposition,
    ...(spec.schemaUpdateOptions && { schemaUpdateOptions: spec.schemaUpdateOptions }),
  }
}

/** How a table is divided, as a job says it of the table that it makes, or a table of itself. */
export function settingsOf({
  timePartitioning,
  rangePartitioning,
  clustering,
}: {
  readonly timePartitioning?: object | undefined
  readonly rangePartitioning?: object | undefined
  readonly clustering?: object | undefined
}): Pick<DestinationSpec, 'timePartitioning' | 'rangePartitioning' | 'clustering'> {
  return {
    ...(timePartitioning && { timePartitioning }),
    ...(rangePartitioning && { rangePartitioning }),
    ...(clustering && { clustering }),
  }
}
