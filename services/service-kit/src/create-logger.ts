import { pino, type DestinationStream, type Logger } from 'pino'
import { pinoPretty } from './pretty.ts'

export type { Logger } from 'pino'

// cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity
const SEVERITY: Readonly<Record<string, string>> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
}

export interface LoggerOptions {
  readonly service: string
  readonly level: string
  /** Where lines go; absent: standard output, for people on a terminal, as Cloud Logging's JSON elsewhere. */
  readonly stream?: DestinationStream
}

/** One line an event worth knowing. */
export function createLogger({ service, level, stream }: LoggerOptions): Logger {
  if (!stream && process.stdout.isTTY) return pino({ name: service, level }, pinoPretty())
  const options = {
    level,
    base: { service },
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ severity: SEVERITY[label] ?? 'DEFAULT' }) },
  }
  return stream ? pino(options, stream) : pino(options)
}
