import type { Target } from '@tablestream/ledger'
import { readEnvironmentFile } from './environment-file.ts'
import { localPort } from './local-ports.ts'

const localEnvironment = () => ({
  PUBSUB_EMULATOR_HOST: `localhost:${localPort('Pub/Sub')}`,
  BIGQUERY_EMULATOR_HOST: `http://localhost:${localPort('BigQuery')}`,
  STORAGE_WRITE_ENDPOINT: `http://localhost:${localPort('Storage Write')}`,
  STORAGE_EMULATOR_HOST: `http://localhost:${localPort('Cloud Storage')}`,
  METADATA_SERVER_DETECTION: 'none',
  PROJECT_ID: 'tablestream-local',
})

/**
 * Reads PROJECT_ID, ENVIRONMENT, DATASET and TOPIC.
 *
 * @param local points Google's clients at `npm start`, where the environment does not say otherwise
 * @throws Error when there is no project
 */
export function readTarget(local: boolean): Target {
  const env = process.env
  if (local) readEnvironmentFile()
  if (local) for (const [name, value] of Object.entries(localEnvironment())) env[name] ||= value
  const projectId = env['PROJECT_ID'] || env['GOOGLE_CLOUD_PROJECT'] || ''
  if (projectId === '')
    throw new Error('PROJECT_ID is not set: which project? (--local for the one of npm start)')
  return {
    projectId,
    dataset: env['DATASET'] || `${env['ENVIRONMENT'] || 'dev'}_events_dataset`,
    topic: env['TOPIC'] || 'backend-events-topic',
  }
}
