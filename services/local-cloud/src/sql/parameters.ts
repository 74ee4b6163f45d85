import { BigQueryError, notImplemented } from '../bigquery/errors.ts'
import { bigNumericOf } from '../bigquery/big-numeric.ts'
import { quoteText } from '../bigquery/fields.ts'
import { isBig, scalarType } from './types.ts'

/** QueryParameter of the REST API. Values come as text from most clients, as JSON numbers from some. */
export interface QueryParameter {
  readonly name?: string
  readonly parameterType?: ParameterType
  readonly parameterValue?: ParameterValue
}

interface ParameterType {
  readonly type?: string
  readonly arrayType?: ParameterType
}

interface ParameterValue {
  readonly value?: string | number | boolean | null
  readonly arrayValues?: readonly ParameterValue[]
}

/** The values of `@name` and `?`, as SQL literals of their type. */
export class Parameters {
  readonly #named = new Map<string, string>()
  readonly #positional: string[] = []

  constructor(parameters: readonly QueryParameter[]) {
    for (const { name, parameterType, parameterValue } of parameters) {
      const sql = literal(parameterType ?? {}, parameterValue ?? {})
      if (name) this.#named.set(name.toLowerCase(), sql)
      else this.#positional.push(sql)
    }
  }

  /** @throws BigQueryError invalidQuery when no value was sent */
  sqlOf(parameter: string): string {
    const sql =
      parameter === '?' ? this.#positional.shift() : this.#named.get(parameter.slice(1).toLowerCase())
    if (sql === undefined) throw new BigQueryError('invalidQuery', `Query parameter ${parameter} not found`)
    return sql
  }
}

function literal({ type = '', arrayType }: ParameterType, { value, arrayValues }: ParameterValue): string {
  if (type === 'ARRAY')
    return `[${(arrayValues ?? []).map((item) => literal(arrayType ?? {}, item)).join(', ')}]`
  const duckType = scalarType(type)
  if (duckType === undefined) throw notImplemented(`query parameters of type ${type}`)
  const text = value === null || value === undefined ? 'NULL' : quoteText(String(value))
  return isBig(type) ? bigNumericOf(`CAST(${text} AS VARCHAR)`) : `CAST(${text} AS ${duckType})`
}
