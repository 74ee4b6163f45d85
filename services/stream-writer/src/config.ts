import { commonVariables, eventVariables, loadConfig, portVariable } from '@tablestream/service-kit'
import Type, { type Static } from 'typebox'

export const variables = Type.Object({
  ...commonVariables,
  SUBSCRIPTION: Type.String({
    default: 'backend-events-topic-sub',
    description: 'Subscription that events come from',
  }),
  DEAD_LETTER_TOPIC: Type.String({
    default: 'backend-events-dead-letter',
    description: 'Topic for what cannot land',
  }),
  TABLE_REQUESTS: Type.Enum(['shapes', 'events'], {
    default: 'shapes',
    description:
      'Who asks table-manager for tables and columns: shapes: this service, once for each shape; events: nobody, it gets every event',
  }),
  SCHEMA_REQUESTS_TOPIC: Type.String({
    default: 'schema-requests',
    description: 'Topic for what tables lack',
  }),
  DATASET: Type.String({
    default: '',
    description: 'Dataset of the tables; empty: <ENVIRONMENT>_events_dataset',
  }),
  STORAGE_WRITE_ENDPOINT: Type.String({
    default: '',
    description: "URL of the Storage Write API, http:// without TLS; empty: Google's",
  }),
  MAX_MESSAGES: Type.Integer({
    default: 20_000,
    minimum: 1,
    description: 'Messages held at most, waiting ones included',
  }),
  MAX_BYTES: Type.Integer({
    default: 128 << 20,
    minimum: 16 << 20,
    description: 'Bytes of messages held at most',
  }),
  PARK_SECONDS: Type.Integer({
    default: 600,
    minimum: 1,
    description: 'How long an event waits for its table or column before it is given back',
  }),
  LEASE_SECONDS: Type.Integer({
    default: 20,
    minimum: 10,
    maximum: 600,
    description: 'Ack deadline of the stream: how soon others get the events of a writer that died',
  }),
  APPEND_TIMEOUT_SECONDS: Type.Integer({
    default: 60,
    minimum: 1,
    description: 'How long an append may stay unanswered before its rows go again',
  }),
  DUPLICATE_WINDOW: Type.Integer({
    default: 100_000,
    minimum: 0,
    description: 'How many event ids are remembered, to know a duplicate',
  }),
  LOOKUP_MAX_BYTES: Type.Integer({
    default: 10 * 2 ** 30,
    minimum: 0,
    description:
      'Bytes that a query may read which asks whether events are in their table already; 0: none is asked',
  }),
  ...eventVariables,
  EVENT_POLICIES: Type.String({
    default: '',
    description: 'How tables may change, by event type: JSON, or the path of a JSON file',
  }),
  PORT: portVariable(8082),
})

export type Config = Readonly<Static<typeof variables>>

export function readConfig(env = process.env): Config {
  const config = loadConfig(variables, env)
  return { ...config, DATASET: config.DATASET || `${config.ENVIRONMENT}_events_dataset` }
}
