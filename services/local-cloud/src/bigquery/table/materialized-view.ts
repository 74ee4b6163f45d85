import { BigQueryError, notImplemented } from '../errors.ts'

/** MaterializedViewDefinition: here it is a view that is asked anew each time, so what it gives is never older than its tables. */
export interface MaterializedView {
  readonly query?: string
  readonly enableRefresh?: boolean
  readonly refreshIntervalMs?: string | number
  readonly allowNonIncrementalDefinition?: boolean
  readonly lastRefreshTime?: string
}

const KNOWN = new Set([
  'query',
  'enableRefresh',
  'refreshIntervalMs',
  'allowNonIncrementalDefinition',
  'lastRefreshTime',
])

/** The view that it is. @throws BigQueryError for what is not supported */
export function viewOfMaterialized(
  sent: MaterializedView | undefined,
): { readonly query: string; readonly useLegacySql: false } | undefined {
  if (!sent) return undefined
  const other = Object.keys(sent).find((key) => !KNOWN.has(key))
  if (other !== undefined) throw notImplemented(`table.materializedView.${other}`)
  if (!sent.query)
    throw new BigQueryError('required', 'Required parameter is missing: materializedView.query')
  return { query: sent.query, useLegacySql: false }
}

/** As tables.get shows it. @param madeAt milliseconds since 1970 */
export function materializedResource(view: MaterializedView, madeAt: number): object {
  const { enableRefresh = true, refreshIntervalMs = HALF_AN_HOUR, ...others } = view
  const lastRefreshTime = String(madeAt)
  return { ...others, enableRefresh, refreshIntervalMs: String(refreshIntervalMs), lastRefreshTime }
}

const HALF_AN_HOUR = 1_800_000
