import createError from '@fastify/error'

/**
 * A caller has as much under way as it may: that is no fault of the gateway's, and a line of the log for each would cost more than to
 * answer it.
 */
export const Busy = createError(
  'BUSY',
  'too much of yours is being taken at the moment; send the request again',
  503,
)
