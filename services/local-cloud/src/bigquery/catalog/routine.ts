import { BigQueryError, notImplemented } from '../errors.ts'

/** StandardSqlDataType. */
export interface RoutineType {
  readonly typeKind?: string
  readonly arrayElementType?: RoutineType
  readonly structType?: {
    readonly fields?: readonly { readonly name?: string; readonly type?: RoutineType }[]
  }
}

interface RoutineArgument {
  readonly name?: string
  readonly argumentKind?: string
  /** Absent where the argument is of any type. */
  readonly dataType?: RoutineType
}

export interface RoutineReference {
  readonly projectId: string
  readonly datasetId: string
  readonly routineId: string
}

/** What a caller may say of a routine: a function of SQL that gives one value. */
export interface RoutineSpec {
  readonly routineType?: string
  readonly language?: string
  readonly arguments?: readonly RoutineArgument[]
  /** Absent: what the body gives. */
  readonly returnType?: RoutineType
  readonly definitionBody?: string
  readonly description?: string
}

export interface Routine {
  readonly reference: RoutineReference
  readonly spec: RoutineSpec
  readonly etag: string
  /** Milliseconds since 1970. */
  readonly creationTime: number
  readonly lastModifiedTime: number
}

const SPEC = ['routineType', 'language', 'arguments', 'returnType', 'definitionBody', 'description']
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
  if (routineType !== 'SCALAR_FUNCTION') throw notImplemented(`routines of type ${routineType}`)
  if (language !== 'SQL') throw notImplemented(`routines in ${language}`)
  if (!spec.definitionBody)
    throw new BigQueryError('required', 'Required parameter is missing: definitionBody')
  const unnamed = spec.arguments?.find(
    ({ name, argumentKind, dataType }) => !name || (argumentKind !== 'ANY_TYPE' && !dataType?.typeKind),
  )
  if (unnamed) throw new BigQueryError('invalid', 'Each argument of a routine has a name and a dataType.')
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
