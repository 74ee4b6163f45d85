import { BigQuery } from '@google-cloud/bigquery'
import { PubSub, type Message } from '@google-cloud/pubsub'
import type { LocalCloud } from '@tablestream/local-cloud'

export type Row = Record<string, unknown>

/** Google's own clients, as a test uses them. */
export interface Clients {
  /** Publishes texts or bytes as they are, and gives the message ids. */
  publish(
    messages: readonly (string | Buffer)[],
    attributes?: Readonly<Record<string, string>>,
  ): Promise<string[]>
  /** How many messages were published here. */
  published(): number
  query(sql: string): Promise<Row[]>
  count(sql: string): Promise<number>
  /** Takes what is in the dead letters: attributes and data. */
  deadLetters(atLeast: number): Promise<DeadLetter[]>
  close(): Promise<void>
}

export interface DeadLetter {
  readonly attributes: Readonly<Record<string, string>>
  readonly data: Buffer
}

export interface ClientOptions {
  readonly projectId: string
  readonly pubsubHost: string
  readonly cloud: LocalCloud
}

export function openClients({ projectId, pubsubHost, cloud }: ClientOptions): Clients {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const pubsub = new PubSub({ projectId, apiEndpoint: `http://${pubsubHost}`, emulatorMode: true })
  const bigquery = new BigQuery({ projectId, apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const topic = pubsub.topic('backend-events-topic', { batching: { maxMessages: 1000, maxMilliseconds: 5 } })
  const query = async (sql: string): Promise<Row[]> => {
    const [rows] = await bigquery.query({ query: sql, wrapIntegers: false })
    return rows as Row[]
  }
  let published = 0
  return {
    published: () => published,
    publish: (messages, attributes = {}) => {
      published += messages.length
      return Promise.all(
        messages.map((data) =>
          topic.publishMessage({ data: Buffer.from(data), attributes: { ...attributes } }),
        ),
      )
    },
    query,
    async count(sql) {
      const [row] = await query(sql)
      return Number(Object.values(row ?? {})[0])
    },
    deadLetters: (atLeast) => takeDeadLetters(pubsub, atLeast),
    async close() {
      await pubsub.close()
    },
  }
}

async function takeDeadLetters(pubsub: PubSub, atLeast: number): Promise<DeadLetter[]> {
  const subscription = pubsub.subscription('backend-events-dead-letter-sub', {
    flowControl: { maxMessages: 10_000 },
  })
  const taken: DeadLetter[] = []
  let timer: NodeJS.Timeout | undefined
  await new Promise<void>((resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${taken.length} dead letters, not ${atLeast}, in 30 s`)),
      30_000,
    )
    subscription.on('error', reject)
    subscription.on('message', (message: Message) => {
      taken.push({ attributes: message.attributes, data: message.data })
      message.ack()
      if (taken.length >= atLeast) resolve()
    })
    if (atLeast === 0) resolve()
  }).finally(() => clearTimeout(timer))
  await subscription.close()
  return taken
}
