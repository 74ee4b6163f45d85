import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { ConfigurationError } from './config/configuration-error.ts'

export interface RunOptions {
  readonly app: FastifyInstance
  readonly logger: Logger
  readonly host: string
  readonly port: number
  /** Milliseconds from the signal to the end, whatever is left undone. Cloud Run kills after 10 s. */
  readonly graceMs?: number
}

/**
 * Listens, and on SIGTERM or SIGINT closes the app (its onClose hooks finish what they hold) and exits. An uncaught
 * error ends the process with status 1: a service in an unknown state must not go on.
 */
export async function runService({ app, logger, host, port, graceMs = 8000 }: RunOptions): Promise<void> {
  closeWithGrace({ delay: graceMs, logger: false }, async ({ signal, err }) => {
    if (err) logger.fatal({ err }, 'stopping after an unexpected error')
    else logger.info({ signal }, 'stopping')
    await app.close()
    logger.info('stopped')
  })
  await app.listen({ host, port })
}

/**
 * Runs a service's main function. A setting that cannot be right is told in one line; what nobody expected has its stack. Either ends the
 * process with status 1.
 */
export async function main(start: () => Promise<void>): Promise<void> {
  try {
    await start()
  } catch (error) {
    process.stderr.write(`${told(error)}\n`)
    process.exit(1)
  }
}

function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('input' in error && (error as NodeJS.ErrnoException).code === 'ERR_INVALID_URL')
    // client libraries read variables with addresses themselves, and take what they say as it is; Node says "Invalid URL" and not which
    return `configuration: "${String(error.input)}" is no address. A variable that says where a service is begins with http:// or https://`
  return error instanceof ConfigurationError ? error.message : (error.stack ?? error.message)
}
