import createError from '@fastify/error'
import { codeOf, NOT_FOUND } from '@tablestream/service-kit'
import type { Warehouse } from '../bigquery/warehouse.ts'

/** Where the tables are, and who is asked about them. */
export interface Tables {
  readonly warehouse: Warehouse
  readonly projectId: string
  readonly dataset: string
}

const BadName = createError<[string]>('BAD_NAME', 'no table has the name "%s"', 400)
/** What a name may be made of (docs: create tables, table naming), so that it ends no quotes. */
const NAME = /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd} ]{1,300}$/u

/** The full name in backticks, for SQL. @throws BadName */
export function quoted({ projectId, dataset }: Pick<Tables, 'projectId' | 'dataset'>, table: string): string {
  if (!NAME.test(table)) throw new BadName(table.slice(0, 100))
  return `\`${projectId}.${dataset}.${table}\``
}

/** A view of INFORMATION_SCHEMA. */
export function schemaView(
  { projectId, dataset }: Pick<Tables, 'projectId' | 'dataset'>,
  view: string,
): string {
  return `\`${projectId}.${dataset}.INFORMATION_SCHEMA.${view}\``
}

/** Whether BigQuery says that there is no such table, or no such dataset. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === NOT_FOUND
}
