import { isOfScript } from '../catalog/script-dataset.ts'
import type { Table, TableReference } from '../table/table.ts'

/** "Queries that reference more than 50 tables will not have a complete list" (REST reference, JobStatistics2). */
const MOST_REFERENCED = 50

/**
 * The tables that a statement reads, without the views by which they were found, and temporary ones.
 *
 * @param found in the order of the statement: the one that INSERT fills is its first
 */
export function referencedBy(found: Iterable<Table>, statementType?: string): readonly TableReference[] {
  return [...found]
    .slice(statementType === 'INSERT' ? 1 : 0)
    .filter(({ spec, reference }) => !spec.view && !isOfScript(reference.datasetId))
    .map(({ reference }) => reference)
    .slice(0, MOST_REFERENCED)
}
