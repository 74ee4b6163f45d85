import { commonVariables, eventVariables, loadConfig } from '@tablestream/service-kit'
import Type, { type Static } from 'typebox'

export const variables = Type.Object({
  ...commonVariables,
  DATASET: Type.String({
    default: '',
    description: 'Dataset of the tables; empty: <ENVIRONMENT>_events_dataset',
  }),
  LOAD_BUCKET: Type.String({
    default: '',
    description: 'Bucket in which a load keeps what it has done; empty: <PROJECT_ID>-<ENVIRONMENT>-loads',
  }),
  PROCESSED_DATASET: Type.String({
    default: '',
    description: 'Dataset of the rows that batch jobs clean; empty: <ENVIRONMENT>_processed_dataset',
  }),
  DEAD_LETTER_TOPIC: Type.String({
    default: 'backend-events-dead-letter',
    description: 'Topic for what cannot land',
  }),
  SCHEMA_REQUESTS_TOPIC: Type.String({
    default: 'schema-requests',
    description: 'Topic for what tables lack',
  }),
  ...eventVariables,
  EVENT_POLICIES: Type.String({
    default: '',
    description: 'How tables may change, by event type: JSON, or the path of a JSON file',
  }),
  LOAD_PORTION_BYTES: Type.Integer({
    default: 32 << 20,
    minimum: 1,
    description:
      'Bytes of a file that are one portion: what is done again after a crash, and what a task takes',
  }),
  LOAD_STREAM_BYTES: Type.Integer({
    default: 4 << 20,
    minimum: 0,
    description:
      'Up to so many bytes the records of a file land by a pending write stream, above by load jobs; 0: always those',
  }),
  STORAGE_WRITE_ENDPOINT: Type.String({
    default: '',
    description: "URL of the Storage Write API, http:// without TLS; empty: Google's",
  }),
  LOAD_WAIT_SECONDS: Type.Integer({
    default: 120,
    minimum: 1,
    description: 'How long a table or a column is waited for, and what another task has to do',
  }),
  LOAD_LEASE_SECONDS: Type.Integer({
    default: 30,
    minimum: 1,
    description:
      'After so long without a word of a loader another one goes on with the small files that it left',
  }),
  CLOUD_RUN_TASK_INDEX: Type.Integer({
    default: 0,
    minimum: 0,
    description: 'Which of the tasks of a Cloud Run job this is; Cloud Run sets it',
  }),
  CLOUD_RUN_TASK_COUNT: Type.Integer({
    default: 1,
    minimum: 1,
    description: 'How many tasks share the files; Cloud Run sets it',
  }),
})

export type Config = Readonly<Static<typeof variables>>

export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const config = loadConfig(variables, env)
  return {
    ...config,
    DATASET: config.DATASET || `${config.ENVIRONMENT}_events_dataset`,
    PROCESSED_DATASET: config.PROCESSED_DATASET || `${config.ENVIRONMENT}_processed_dataset`,
    LOAD_BUCKET: config.LOAD_BUCKET || `${config.PROJECT_ID}-${config.ENVIRONMENT}-loads`,
  }
}

/** All variables, for who hands them on. */
export const readEnvironment = (): Readonly<Record<string, string | undefined>> => process.env
