import type { Parameters } from '../../sql/parameters.ts'
import { rewriteQuery } from '../../sql/rewrite-query.ts'
import { withSystemTimes } from '../../sql/system-time.ts'
import type { TableResolver } from '../../sql/table-path.ts'
import { BigQueryError } from '../errors.ts'
import { explained } from '../scripts/explain-error.ts'
import type { Store } from '../store/store.ts'

/** A view has its time when it is read, which no rule knows. */
const VIEW = /^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:MATERIALIZED\s+)?VIEW\b/i

/** The value of a TIMESTAMP in milliseconds since 1970, or `null`. @throws BigQueryError */
export async function millisOf(
  store: Store,
  expression: string,
  tables: TableResolver,
  parameters: Parameters,
): Promise<string> {
  const { sql } = rewriteQuery(`SELECT UNIX_MILLIS(${expression})`, tables, parameters)
  const [row] = (await explained(() => store.query(sql))).getRows()
  return String(row![0])
}

/** A statement whose times of FOR SYSTEM_TIME AS OF are known. @throws BigQueryError */
export async function settledTimes(
  store: Store,
  query: string,
  tables: TableResolver,
  parameters: Parameters,
): Promise<string> {
  if (VIEW.test(query)) return query
  return withSystemTimes(query, async (expression) => {
    const millis = await millisOf(store, expression, tables, parameters)
    if (millis !== 'null') return millis
    throw new BigQueryError('invalidQuery', 'The expression of FOR SYSTEM_TIME AS OF must not be NULL.')
  })
}
