import type { Routine, RoutineArgument, RoutineType } from '../../bigquery/catalog/routine.ts'
import { quoteText } from '../../bigquery/values/fields.ts'
import { INT64, scalar, STRING } from '../typing/sql-type.ts'
import { madeTable, type MadeColumns, type MadeTable } from './made-table.ts'

const VIEWS = ['ROUTINES', 'PARAMETERS']
export const isRoutinesView = (view: string): boolean => VIEWS.includes(view)

const TIMESTAMP = scalar('TIMESTAMP')

const ROUTINES: MadeColumns = [
  ['specific_catalog', STRING],
  ['specific_schema', STRING],
  ['specific_name', STRING],
  ['routine_catalog', STRING],
  ['routine_schema', STRING],
  ['routine_name', STRING],
  ['routine_type', STRING],
  ['data_type', STRING],
  ['routine_body', STRING],
  ['routine_definition', STRING],
  ['external_language', STRING],
  ['is_deterministic', STRING],
  ['security_type', STRING],
  ['created', TIMESTAMP],
  ['last_altered', TIMESTAMP],
  ['ddl', STRING],
  ['connection', STRING],
]

const PARAMETERS: MadeColumns = [
  ['specific_catalog', STRING],
  ['specific_schema', STRING],
  ['specific_name', STRING],
  ['ordinal_position', INT64],
  ['parameter_mode', STRING],
  ['is_result', STRING],
  ['parameter_name', STRING],
  ['data_type', STRING],
  ['parameter_default', STRING],
  ['is_aggregate', STRING],
]

/** INFORMATION_SCHEMA.ROUTINES and PARAMETERS, of functions and procedures in SQL. */
export function routinesView(view: string, routines: readonly Routine[]): MadeTable {
  return view === 'ROUTINES'
    ? madeTable(
        ROUTINES,
        routines.map((routine) => ({ values: routineRow(routine) })),
      )
    : madeTable(
        PARAMETERS,
        routines.flatMap(parameterRows).map((values) => ({ values })),
      )
}

const KINDS: Readonly<Record<string, string>> = {
  TABLE_VALUED_FUNCTION: 'TABLE FUNCTION',
  PROCEDURE: 'PROCEDURE',
}
const kindOf = ({ spec }: Routine): string => KINDS[spec.routineType ?? ''] ?? 'FUNCTION'

function routineRow(routine: Routine): string[] {
  const { reference, spec, creationTime, lastModifiedTime } = routine
  const path = [reference.projectId, reference.datasetId, reference.routineId].map(quoteText)
  const kind = quoteText(kindOf(routine))
  const body = [quoteText('SQL'), quoteText(spec.definitionBody ?? ''), 'NULL', 'NULL', 'NULL']
  const times = [creationTime, lastModifiedTime].map((ms) => quoteText(new Date(ms).toISOString()))
  return [
    ...path,
    ...path,
    kind,
    orNull(resultOf(routine)),
    ...body,
    ...times,
    quoteText(ddlOf(routine)),
    'NULL',
  ]
}

/** The result of a function comes before its arguments, in place 0. */
function parameterRows(routine: Routine): string[][] {
  const { projectId, datasetId, routineId } = routine.reference
  const path = [projectId, datasetId, routineId].map(quoteText)
  const isProcedure = kindOf(routine) === 'PROCEDURE'
  const result = resultOf(routine)
  const results =
    result === undefined
      ? []
      : [[...path, '0', 'NULL', quoteText('YES'), 'NULL', quoteText(result), 'NULL', 'NULL']]
  const args = (routine.spec.arguments ?? []).map((arg, index) => {
    const mode = isProcedure ? quoteText(arg.mode ?? 'IN') : 'NULL'
    const name = quoteText(arg.name ?? '')
    return [
      ...path,
      String(index + 1),
      mode,
      quoteText('NO'),
      name,
      quoteText(argumentType(arg)),
      'NULL',
      'NULL',
    ]
  })
  return [...results, ...args]
}

const orNull = (text: string | undefined): string => (text === undefined ? 'NULL' : quoteText(text))
const argumentType = ({ dataType }: RoutineArgument): string => (dataType ? typeText(dataType) : 'ANY TYPE')

/** What a function says that it gives. */
function resultOf({ spec: { returnType, returnTableType } }: Routine): string | undefined {
  if (returnType) return typeText(returnType)
  const columns = returnTableType?.columns?.map(({ name = '', type = {} }) => `${name} ${typeText(type)}`)
  return columns && `TABLE<${columns.join(', ')}>`
}

function typeText({ typeKind = '', arrayElementType, structType }: RoutineType): string {
  if (arrayElementType) return `ARRAY<${typeText(arrayElementType)}>`
  if (!structType) return typeKind
  const fields = (structType.fields ?? []).map(({ name, type = {} }) =>
    name === undefined ? typeText(type) : `${name} ${typeText(type)}`,
  )
  return `STRUCT<${fields.join(', ')}>`
}

/** The statement that makes it. */
function ddlOf(routine: Routine): string {
  const { reference, spec } = routine
  const kind = kindOf(routine)
  const isMode = ({ mode }: RoutineArgument) => kind === 'PROCEDURE' && mode !== undefined
  const args = (spec.arguments ?? []).map(
    (arg) => `${isMode(arg) ? `${arg.mode} ` : ''}${arg.name} ${argumentType(arg)}`,
  )
  const path = `\`${reference.projectId}\`.${reference.datasetId}.${reference.routineId}`
  const result = resultOf(routine)
  const head = `CREATE ${kind} ${path}(${args.join(', ')})${result === undefined ? '' : ` RETURNS ${result}`}`
  const { definitionBody = '', strictMode, description } = spec
  const options = [
    ...(strictMode === undefined ? [] : [`strict_mode=${strictMode}`]),
    ...(description === undefined ? [] : [`description=${JSON.stringify(description)}`]),
  ]
  const said = options.length > 0 ? `\nOPTIONS(${options.join(', ')})` : ''
  if (kind === 'PROCEDURE') return `${head}${said}\n${definitionBody};`
  return kind === 'FUNCTION'
    ? `${head} AS (\n${definitionBody}\n)${said};`
    : `${head} AS (\n${definitionBody}\n);`
}
