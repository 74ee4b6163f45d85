import { BigQueryError, notImplemented } from '../errors.ts'

/** StandardSqlDataType. */
export interface RoutineType {
  readonly typeKind?: string
  readonly arrayElementType?: RoutineType
  readonly structType?: {
    readonly fields?: readonly { readonly name?: string; readonly type?: RoutineType }[]
  }
}

export interface RoutineArgument {
  readonly name?: string
  readonly argumentKind?: string
  /** Of a procedure; IN where nobody says another. */
  readonly mode?: string
  /** Absent where the argument is of any type. */
  readonly dataType?: RoutineType
}

export interface RoutineReference {
  readonly projectId: string
  readonly datasetId: string
  readonly routineId: string
}

/** What a caller may say of a routine: a function of SQL, or a procedure. */
export interface RoutineSpec {
  /** SCALAR_FUNCTION, TABLE_VALUED_FUNCTION, PROCEDURE */
  readonly routineType?: string
  readonly language?: string
  readonly arguments?: readonly RoutineArgument[]
  /** Absent: what the body gives. */
  readonly returnType?: RoutineType
  /** The same of a table function. */
  readonly returnTableType?: {
    readonly columns?: readonly { readonly name?: string; readonly type?: RoutineType }[]
  }
  readonly definitionBody?: string
  readonly description?: string
  readonly strictMode?: boolean
}

export interface Routine {
  readonly reference: RoutineReference
  readonly spec: RoutineSpec
  readonly etag: string
  /** Milliseconds since 1970. */
  readonly creationTime: number
  readonly lastModifiedTime: number
}

const SPEC = [
  'routineType',
  'language',
  'arguments',
  'returnType',
  'returnTableType',
  'definitionBody',
  'description',
  'strictMode',
]
const TYPES = ['SCALAR_FUNCTION', 'TABLE_VALUED_FUNCTION', 'PROCEDURE']
const MODES = ['IN', 'OUT', 'INOUT']
// sent by clients as part of what they read
const IGNORED = ['routineReference', 'etag', 'creationTime', 'lastModifiedTime', 'kind', 'id', 'selfLink']
export const ROUTINE_ID = /^\w{1,256}$/

export function routineId({ projectId, datasetId, routineId: id }: RoutineReference): string {
  return `${projectId}:${datasetId}.${id}`
}

/** @throws BigQueryError that names what is wrong, or not done */
export function readRoutine(body: object): RoutineSpec {
  for (const [key, value] of Object.entries(body)) {
    const isNone = value === null || value === undefined || (Array.isArray(value) && value.length === 0)
    if (!SPEC.includes(key) && !IGNORED.includes(key) && !isNone) throw notImplemented(`${key} of a routine`)
  }
  const spec = Object.fromEntries(Object.entries(body).filter(([key]) => SPEC.includes(key))) as RoutineSpec
  const { routineType = 'SCALAR_FUNCTION', language = 'SQL' } = spec
  if (!TYPES.includes(routineType)) throw notImplemented(`routines of type ${routineType}`)
  if (language !== 'SQL') throw notImplemented(`routines in ${language}`)
  if (!spec.definitionBody)
    throw new BigQueryError('required', 'Required parameter is missing: definitionBody')
  const unnamed = spec.arguments?.find(
    ({ name, argumentKind, dataType }) => !name || (argumentKind !== 'ANY_TYPE' && !dataType?.typeKind),
  )
  if (unnamed) throw new BigQueryError('invalid', 'Each argument of a routine has a name and a dataType.')
  const { mode } = spec.arguments?.find((each) => each.mode && !MODES.includes(each.mode)) ?? {}
  if (mode !== undefined) throw new BigQueryError('invalid', `Invalid value for mode: ${mode}`)
  if (spec.strictMode !== undefined && routineType !== 'PROCEDURE')
    throw new BigQueryError('invalid', 'strictMode is for procedures.')
  if (spec.returnTableType && routineType !== 'TABLE_VALUED_FUNCTION')
    throw new BigQueryError('invalid', 'returnTableType is for table functions.')
  return { ...spec, routineType, language }
}

/** The Routine resource. */
export function routineResource({ reference, spec, etag, creationTime, lastModifiedTime }: Routine): object {
  return {
    etag,
    routineReference: reference,
    ...spec,
    creationTime: String(creationTime),
    lastModifiedTime: String(lastModifiedTime),
  }
}
