import createError from '@fastify/error'
import { mayPassSoon } from '@tablestream/service-kit'

const TooManyBytes = createError<[string, { cause: Error }]>(
  'TOO_MANY_BYTES',
  'the query would read more than MAX_BYTES_BILLED lets one read here; a later `since` reads less. BigQuery: %s',
  400,
)

const Busy = createError<[string, { cause: Error }]>(
  'BIGQUERY_BUSY',
  'BigQuery does not take this now, and may in some seconds: ask again. BigQuery: %s',
  503,
)

/**
 * The answer to an error: BigQuery's refusal of a query that would read more than it may names the setting, and one that may pass, as
 * that of more than a hundred requests a second, is no fault of this service.
 */
export function answerOf(error: Error): Error {
  if (isTooManyBytes(error)) return new TooManyBytes(error.message, { cause: error })
  return reasonsOf(error).some(mayPassSoon) ? new Busy(error.message, { cause: error }) : error
}

/** Whether BigQuery refused a query for `maximumBytesBilled` (reason `bytesBilledLimitExceeded`). */
export function isTooManyBytes(error: unknown): boolean {
  const { message } = error as { readonly message?: unknown }
  return (
    reasonsOf(error).includes('bytesBilledLimitExceeded') ||
    (typeof message === 'string' && message.includes('exceeded limit for bytes billed'))
  )
}

function reasonsOf(error: unknown): readonly string[] {
  const { errors } = error as { readonly errors?: unknown }
  const each: readonly { readonly reason?: unknown }[] = Array.isArray(errors) ? errors : []
  return each.flatMap(({ reason }) => (typeof reason === 'string' ? reason : []))
}
