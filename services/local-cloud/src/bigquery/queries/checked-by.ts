import { Parameters, type ScriptNames } from '../../sql/parameters.ts'
import { rewriteQuery } from '../../sql/rewrite-query.ts'
import { parseFunctionStatement } from '../../sql/statements/function-statement.ts'
import { parseSchemaStatement } from '../../sql/statements/schema-statement.ts'
import type { TableResolver } from '../../sql/table-path.ts'
import { parseDdl } from '../ddl/ddl-runner.ts'
import type { CheckedBy } from '../scripts/script-checker.ts'
import { SystemVariables } from '../scripts/system-variables.ts'

/** What looks at the statements of a script, by the tables that there are now. @param parametersOf those of the query */
export function checkedBy(
  tables: TableResolver,
  projectId: string,
  parametersOf: (names: ScriptNames) => Parameters = (names) => new Parameters([], names),
): CheckedBy {
  return {
    isDefinition: (text) =>
      [parseSchemaStatement, parseFunctionStatement, parseDdl].some((parse) => parse(text)),
    columnsOf: (text, names) => rewriteQuery(text, tables, parametersOf(names)).columns,
    procedure: (path) => tables.procedure(path),
    system: new SystemVariables().begin({ projectId, isScript: true }).valueOf,
  }
}
