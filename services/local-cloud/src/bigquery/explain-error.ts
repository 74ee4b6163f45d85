import { explained as withBigNumerics } from './big-numeric.ts'
import { asResourcesExceeded, BigQueryError } from './errors.ts'

const NOT_GROUPED = /column "?([^"]+)"? must appear in the GROUP BY clause/

/** Does the work, and says in words of BigQuery why DuckDB did not. @throws BigQueryError invalidQuery, resourcesExceeded */
export async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof BigQueryError) throw error
    throw asResourcesExceeded(error) ?? new BigQueryError('invalidQuery', explain(error), { cause: error })
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const loose = NOT_GROUPED.exec(error.message)?.[1]
  if (loose !== undefined)
    return `SELECT list expression references column ${loose} which is neither grouped nor aggregated`
  // errors that functions of ours make
  return withBigNumerics(
    error.message
      .split('\n\nLINE')[0]!
      .trim()
      .replace(/^Invalid Input Error: /, ''),
  )
}
