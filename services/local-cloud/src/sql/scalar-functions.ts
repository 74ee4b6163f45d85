import type { DuckDBScalarFunction } from '@duckdb/node-api'
import { castFunctions } from './casting/cast-functions.ts'
import { plainFunctions } from './duck/functions.ts'
import { textAnalysisFunctions } from './text/text-analysis.ts'

/** What DuckDB lacks of GoogleSQL. */
export function googleSqlFunctions(): DuckDBScalarFunction[] {
  return [...plainFunctions(), ...castFunctions(), ...textAnalysisFunctions()]
}
