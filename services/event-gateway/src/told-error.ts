/** An error on its way from one thread to another. */
export interface ToldError {
  readonly name: string
  readonly message: string
  readonly statusCode?: number | undefined
  /** A name, or gRPC's number. */
  readonly code?: string | number | undefined
  readonly cause?: ToldError | undefined
}

export function told(error: unknown): ToldError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const { name, message, cause } = error
  const { statusCode, code } = error as { statusCode?: unknown; code?: unknown }
  return {
    name,
    message,
    statusCode: typeof statusCode === 'number' ? statusCode : undefined,
    code: typeof code === 'string' || typeof code === 'number' ? code : undefined,
    cause: cause === undefined ? undefined : told(cause),
  }
}

export function heard({ name, message, statusCode, code, cause }: ToldError): Error {
  const error = new Error(message, cause && { cause: heard(cause) })
  return Object.assign(error, { name, ...(statusCode && { statusCode }), ...(code && { code }) })
}
