import { BigQueryError, notImplemented } from '../bigquery/errors.ts'
import { bigNumericOf } from '../bigquery/values/big-numeric.ts'
import { quoteText } from '../bigquery/values/fields.ts'
import { RowError } from '../bigquery/values/row-values.ts'
import { scalarText } from '../bigquery/values/scalar-text.ts'
import { rangeText } from '../bigquery/values/special-values.ts'
import { ofMicros } from './typing/casts.ts'
import { anonymous, arrayOf, duckDb, scalar, structOf, typeOf, type SqlType } from './typing/sql-type.ts'
import type { Typed } from './typing/typed.ts'
import { microsOf } from './time/read-time.ts'
import type { FunctionDefinition } from './tree/function-definition.ts'

/** QueryParameter of the REST API. Values come as text from most clients, as JSON numbers from some. */
export interface QueryParameter {
  readonly name?: string
  readonly parameterType?: ParameterType
  readonly parameterValue?: ParameterValue
}

interface ParameterType {
  readonly type?: string
  readonly arrayType?: ParameterType
  readonly rangeElementType?: ParameterType
  readonly structTypes?: readonly { readonly name?: string; readonly type?: ParameterType }[]
}

interface ParameterValue {
  readonly value?: string | number | boolean | null
  readonly arrayValues?: readonly ParameterValue[]
  readonly structValues?: Readonly<Record<string, ParameterValue>>
  readonly rangeValue?: { readonly start?: ParameterValue; readonly end?: ParameterValue }
}

/** What a script has made until now. */
export interface ScriptNames {
  /** By names in lower case. */
  readonly variables: ReadonlyMap<string, Typed>
  /** By names in upper case. */
  readonly functions: ReadonlyMap<string, FunctionDefinition>
  /** What a variable with `@@` holds, by its name in lower case; undefined for one that has no value here. */
  readonly system?: (name: string) => Typed | undefined
}

/** The values of `@name` and `?`, as SQL literals of their type. */
export class Parameters {
  readonly #named = new Map<string, Typed>()
  readonly #positional: Typed[] = []

  readonly script: ScriptNames | undefined

  constructor(parameters: readonly QueryParameter[], script?: ScriptNames) {
    this.script = script
    for (const { name, parameterType, parameterValue } of parameters) {
      const type = parameterTypeOf(parameterType ?? {})
      const typed = { sql: literal(type, parameterValue ?? {}), type, literal: { type: type.kind } }
      if (name) this.#named.set(name.toLowerCase(), typed)
      else this.#positional.push(typed)
    }
  }

  /** With values of USING instead of those that were sent. */
  static of(
    values: readonly { readonly name: string | undefined; readonly value: Typed }[],
    script: ScriptNames,
  ): Parameters {
    const made = new Parameters([], script)
    for (const { name, value } of values) {
      if (name === undefined) made.#positional.push(value)
      else made.#named.set(name.toLowerCase(), value)
    }
    return made
  }

  /** @throws BigQueryError invalidQuery when no value was sent */
  valueOf(parameter: string): Typed {
    if (parameter.startsWith('@@')) {
      const name = parameter.toLowerCase()
      const system = this.script?.variables.get(name) ?? this.script?.system?.(name)
      if (system) return system
      throw notImplemented(`the system variable ${parameter}`)
    }
    const found =
      parameter === '?' ? this.#positional.shift() : this.#named.get(parameter.slice(1).toLowerCase())
    if (found === undefined) throw new BigQueryError('invalidQuery', `Query parameter ${parameter} not found`)
    return found
  }
}

function parameterTypeOf({ type = '', arrayType, rangeElementType, structTypes }: ParameterType): SqlType {
  if (type === 'ARRAY') return arrayOf(parameterTypeOf(arrayType ?? {}))
  if (type === 'GEOGRAPHY') return scalar(type)
  if (type === 'RANGE') return typeOf({ name: type, element: { name: rangeElementType?.type ?? '' } })
  if (type !== 'STRUCT') return typeOf({ name: type })
  const fields = (structTypes ?? []).map((field, index) => ({
    name: field.name ?? anonymous(index),
    type: parameterTypeOf(field.type ?? {}),
  }))
  return { kind: 'STRUCT', fields }
}

function literal(type: SqlType, sent: ParameterValue): string {
  const { value, arrayValues, structValues, rangeValue } = sent
  if (type.kind === 'ARRAY')
    return `CAST([${(arrayValues ?? []).map((item) => literal(type.element!, item)).join(', ')}] AS ${duckDb(type)})`
  if (type.kind === 'STRUCT')
    return structOf(
      type.fields!.map((field) => ({
        name: field.name,
        sql: literal(field.type, structValues?.[field.name] ?? {}),
      })),
    )
  if (type.kind === 'RANGE' && rangeValue)
    return quoteText(checked(() => rangeText(type.element!.kind, ends(rangeValue), 'parameter')))
  if (value === null || value === undefined) return `CAST(NULL AS ${duckDb(type)})`
  const text = String(value)
  if (type.kind === 'GEOGRAPHY') return quoteText(checked(() => scalarText('GEOGRAPHY', text, 'parameter')))
  if (type.kind === 'BIGNUMERIC') return bigNumericOf(`CAST(${quoteText(text)} AS VARCHAR)`)
  if (type.kind === 'BYTES') return `from_base64(${quoteText(text)})`
  const micros = microsOf(type.kind, text, 'UTC')
  return micros === undefined
    ? `CAST(${quoteText(text)} AS ${duckDb(type)})`
    : ofMicros(`CAST(${micros} AS BIGINT)`, type.kind)
}

const ends = ({ start, end }: NonNullable<ParameterValue['rangeValue']>) => ({
  start: start?.value,
  end: end?.value,
})

/** @param made JSON text @throws BigQueryError invalidQuery where the value is none of its type */
function checked(made: () => string): string {
  try {
    return JSON.parse(made()) as string
  } catch (error) {
    if (!(error instanceof RowError)) throw error
    throw new BigQueryError('invalidQuery', error.message, { cause: error })
  }
}
