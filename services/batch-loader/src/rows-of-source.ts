import type { Portion } from './formats/index.ts'
import { RowsOfPortion } from './rows.ts'
import { type RowsOptions } from './rows-options.ts'
import type { SourceLoad } from './source-load.ts'

/** Makes rows of a share of a source. */
export function rowsOfSource(
  { object, workshop, parts, begunAt, load }: SourceLoad,
  { index }: Pick<Portion, 'index'>,
  options: Pick<RowsOptions, 'targetOf' | 'prefix' | 'skipped' | 'onStored'>,
): RowsOfPortion {
  return new RowsOfPortion({
    workshop,
    policies: parts.policies,
    processedAt: begunAt,
    loadId: load.loadId,
    portion: index,
    keepsIds: object.markLanded !== undefined,
    ...options,
  })
}
