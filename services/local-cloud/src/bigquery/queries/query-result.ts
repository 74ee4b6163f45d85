import type { StatementType } from '../../sql/rewrite-query.ts'
import type { DdlResult } from '../ddl/ddl-runner.ts'
import type { DmlCounts } from '../rows/dml-counts.ts'
import type { Field } from '../values/fields.ts'
import type { FunctionResult } from '../ddl/function-runner.ts'
import type { ResultRows } from '../results/result-rows.ts'
import type { SchemaResult } from '../ddl/schema-runner.ts'
import type { TableReference } from '../table/table.ts'

/** What a query did, and gives. */
export interface QueryResult {
  readonly statementType:
    | StatementType
    | DdlResult['statementType']
    | FunctionResult['statementType']
    | SchemaResult['statementType']
    | 'SCRIPT'
  readonly fields: readonly Field[]
  readonly rows: ResultRows
  /** Tables that it reads. */
  readonly referenced?: readonly TableReference[]
  /** Of a statement that changes rows. */
  readonly dml?: DmlCounts
  /** The table that a statement changed. */
  readonly changed?: TableReference
  /** Where the tables are that it names. */
  readonly location?: string
  /** What BigQuery would read for a SELECT; of other statements it is not known. */
  readonly bytesRead?: number
  readonly ddl?: DdlResult['ddl'] | FunctionResult['ddl'] | SchemaResult['ddl']
  /** The session that it was in. */
  readonly sessionId?: string
}
