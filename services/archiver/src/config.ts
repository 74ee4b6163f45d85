import { commonVariables, eventVariables, loadConfig } from '@tablestream/service-kit'
import Type, { type Static } from 'typebox'

export const variables = Type.Object({
  ...commonVariables,
  DATASET: Type.String({
    default: '',
    description: 'Dataset of the record; empty: <ENVIRONMENT>_events_dataset',
  }),
  ARCHIVE_DATASET: Type.String({
    default: '',
    description:
      'Dataset of tables that live for as long as an hour is archived; empty: <ENVIRONMENT>_archive_dataset',
  }),
  ARCHIVE_BUCKET: Type.String({
    default: '',
    description: 'Bucket of the archive; empty: <PROJECT_ID>-<ENVIRONMENT>-events-archive',
  }),
  ...eventVariables,
  ARCHIVE_TYPES: Type.String({
    default: 'order,inventory,user_activity',
    description: 'Event types with a folder each, with commas between them; all others are in _others',
  }),
  ARCHIVE_MINUTES: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 60,
    description: 'Minutes that a folder has: a divisor of 60',
  }),
  ARCHIVE_SETTLE_MINUTES: Type.Integer({
    default: 10,
    minimum: 0,
    description: 'How long after its end an hour is left alone: Pub/Sub is still writing it',
  }),
  ARCHIVE_RECHECK_HOURS: Type.Integer({
    default: 3,
    minimum: 0,
    description:
      'Of how many archived hours, the youngest and the oldest, each run looks whether messages came late',
  }),
  RECORD_DAYS: Type.Integer({ default: 3, minimum: 1, description: 'Days that the record keeps messages' }),
})

export type Config = Readonly<Static<typeof variables>>

export function readConfig(env = process.env): Config {
  const config = loadConfig(variables, env)
  return {
    ...config,
    DATASET: config.DATASET || `${config.ENVIRONMENT}_events_dataset`,
    ARCHIVE_DATASET: config.ARCHIVE_DATASET || `${config.ENVIRONMENT}_archive_dataset`,
    ARCHIVE_BUCKET: config.ARCHIVE_BUCKET || `${config.PROJECT_ID}-${config.ENVIRONMENT}-events-archive`,
  }
}
