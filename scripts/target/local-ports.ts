/** Where the pipeline of `npm start` listens, and the variable that moves each port. */
const PORTS = {
  'event-generator': ['LOCAL_EVENT_GENERATOR_PORT', 8080],
  'table-manager': ['LOCAL_TABLE_MANAGER_PORT', 8081],
  'stream-writer': ['LOCAL_STREAM_WRITER_PORT', 8082],
  'event-gateway': ['LOCAL_EVENT_GATEWAY_PORT', 8083],
  console: ['LOCAL_CONSOLE_PORT', 8090],
  'Pub/Sub': ['LOCAL_PUBSUB_PORT', 8085],
  BigQuery: ['LOCAL_BIGQUERY_PORT', 9050],
  'Storage Write': ['LOCAL_STORAGE_WRITE_PORT', 9060],
  'Cloud Storage': ['LOCAL_STORAGE_PORT', 4443],
} as const

export type Listener = keyof typeof PORTS

export const LISTENERS = Object.keys(PORTS) as readonly Listener[]

/** Moves all ports that have no variable of their own. */
const OFFSET = 'LOCAL_PORT_OFFSET'

/** @throws Error where the variable holds no port, or the offset leads to none */
export function localPort(listener: Listener): number {
  const [variable, usual] = PORTS[listener]
  const text = process.env[variable]
  if (text === undefined || text === '') return moved(usual)
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`${variable} is a port from 1 to 65535, but is "${text}"`)
  return port
}

function moved(usual: number): number {
  const text = process.env[OFFSET]
  if (text === undefined || text === '') return usual
  const offset = Number(text)
  if (!Number.isInteger(offset) || offset < 0 || usual + offset > 65_535)
    throw new Error(`${OFFSET} is a whole number from 0 to 56000, but is "${text}"`)
  return usual + offset
}

/** The variable that moves a port. */
export function portVariable(listener: Listener): string {
  return PORTS[listener][0]
}
