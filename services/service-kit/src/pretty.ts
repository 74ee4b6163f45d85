import type { DestinationStream } from 'pino'
import { build } from 'pino-pretty'

/** Lines for a person: time, service, message, and the fields behind it. */
export function pinoPretty(): DestinationStream {
  return build({
    colorize: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
    singleLine: true,
    // services share a terminal: without this a line of one could be cut by another's
    sync: true,
  })
}
