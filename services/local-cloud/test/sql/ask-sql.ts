import { openRest } from '../open-bigquery.ts'

/** What a query gave: the type and the text of its first cell, or the message of its error. */
export type Told = { readonly type: string; readonly value: string | null } | { readonly error: string }

interface Answer {
  readonly schema?: { readonly fields: readonly Field[] }
  readonly rows?: readonly { readonly f: readonly { readonly v: unknown }[] }[]
  readonly error?: { readonly message: string }
}

interface Field {
  readonly type: string
  readonly mode: string
  readonly fields?: readonly Field[]
}

/** Asks local-cloud for one value after another. */
export async function openSql(t: { teardown: (done: () => Promise<void>) => void }) {
  const { post } = await openRest<Answer>(t)
  return async (query: string): Promise<Told> => {
    const formatOptions = { useInt64Timestamp: false }
    const { error, schema, rows } = await post('queries', { query, useLegacySql: false, formatOptions })
    if (error) return { error: error.message }
    const field = schema!.fields[0]!
    const type = field.mode === 'REPEATED' ? `${field.type}[]` : field.type
    return { type, value: shown(rows?.[0]?.f[0]?.v) }
  }
}

/** Asks local-cloud for all rows of one query or script after another: cells with ` | ` between, rows with ` / `. */
export async function openSqlRows(t: { teardown: (done: () => Promise<void>) => void }) {
  const { post } = await openRest<Answer>(t)
  return async (query: string): Promise<{ readonly rows: string } | { readonly error: string }> => {
    const formatOptions = { useInt64Timestamp: false }
    const { error, rows = [] } = await post('queries', { query, useLegacySql: false, formatOptions })
    if (error) return { error: error.message }
    return { rows: rows.map(({ f }) => f.map(({ v }) => shown(v) ?? 'NULL').join(' | ')).join(' / ') }
  }
}

/** `[1, 2]` and `{a, b}` of the REST API's objects. */
function shown(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (Array.isArray(value))
    return `[${value.map((item: { v: unknown }) => shown(item.v) ?? 'NULL').join(', ')}]`
  if (typeof value === 'object')
    return `{${(value as { f: { v: unknown }[] }).f.map(({ v }) => shown(v) ?? 'NULL').join(', ')}}`
  return value as string
}
