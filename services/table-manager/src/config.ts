import { commonVariables, eventVariables, loadConfig, portVariable } from '@tablestream/service-kit'
import Type, { type Static } from 'typebox'

export const variables = Type.Object({
  ...commonVariables,
  DATASET: Type.String({
    default: '',
    description: 'Dataset of the tables; empty: <ENVIRONMENT>_events_dataset',
  }),
  TABLE_CACHE_SECONDS: Type.Number({
    default: 15,
    minimum: 0,
    description: 'How long a table is taken to be as it was last seen',
  }),
  ...eventVariables,
  EVENT_POLICIES: Type.String({
    default: '',
    description: 'How tables may change, by event type: JSON, or the path of a JSON file',
  }),
  TABLE_REQUESTS: Type.Enum(['shapes', 'events'], {
    default: 'shapes',
    description:
      'What is delivered: shapes: requests of stream-writer; events: every event, of which none is a request',
  }),
  SCHEMA_CHANGES_TOPIC: Type.String({
    default: 'schema-changes',
    description: 'Topic that every change is published to',
  }),
  PORT: portVariable(8081),
})

export type Config = Readonly<Static<typeof variables>>

export function readConfig(env = process.env): Config {
  const config = loadConfig(variables, env)
  return { ...config, DATASET: config.DATASET || `${config.ENVIRONMENT}_events_dataset` }
}
