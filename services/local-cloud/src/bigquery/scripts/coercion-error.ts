import { spelling, type SqlType } from '../../sql/typing/sql-type.ts'
import { BigQueryError } from '../errors.ts'

/** A value that must have a type is asked for as IF(TRUE, value, NULL of that type): what it says where it cannot have it. */
export function coercionError(error: unknown, wanted: SqlType | undefined): unknown {
  if (!wanted || !(error instanceof BigQueryError)) return error
  const begin = 'No matching signature for function IF for argument types: BOOL, '
  const end = `, ${spelling(wanted)} at [`
  const { message } = error
  if (!message.startsWith(begin) || !message.includes(end)) return error
  const own = message.slice(begin.length, message.lastIndexOf(end))
  return new BigQueryError(
    'invalidQuery',
    `Cannot coerce expression of type ${own} to type ${spelling(wanted)}`,
    { cause: error },
  )
}
