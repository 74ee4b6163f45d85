import type { StorageField } from '../row/write-schema.ts'

/** A row that BigQuery refused, by its place in the request. */
export interface RefusedRow {
  readonly index: number
  readonly message: string
}

export type AppendResult =
  /** The rows are in the table. */
  | { readonly outcome: 'landed'; readonly updatedFields?: readonly StorageField[] }
  /** Nothing of the request is in the table; these rows are to blame. */
  | { readonly outcome: 'refused_rows'; readonly rows: readonly RefusedRow[] }
  /** Nothing of the request is in the table. */
  | { readonly outcome: 'refused'; readonly code: number; readonly message: string }

/** AppendRowsResponse as the client decodes it. */
export interface Response {
  readonly appendResult?: object | null
  readonly error?: { readonly code?: number | null; readonly message?: string | null } | null
  readonly rowErrors?: readonly { readonly index?: unknown; readonly message?: string | null }[] | null
  readonly updatedSchema?: { readonly fields?: readonly StorageField[] | null } | null
}

const UNKNOWN = 2

/** Only an answer that says so means that the rows are in the table. */
export function readAnswer({ appendResult, error, rowErrors, updatedSchema }: Response): AppendResult {
  if (rowErrors && rowErrors.length > 0) {
    const rows = rowErrors.map(({ index, message }) => ({
      index: Number(index ?? 0),
      message: message ?? '',
    }))
    return { outcome: 'refused_rows', rows }
  }
  if (error) return { outcome: 'refused', code: error.code ?? UNKNOWN, message: error.message ?? '' }
  if (!appendResult)
    return { outcome: 'refused', code: UNKNOWN, message: 'the answer holds neither a result nor an error' }
  const fields = updatedSchema?.fields
  return fields && fields.length > 0 ? { outcome: 'landed', updatedFields: fields } : { outcome: 'landed' }
}
