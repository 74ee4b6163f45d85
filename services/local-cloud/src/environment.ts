import type { PortNumbers } from './ports.ts'

type Variables = Readonly<Record<string, string>>

/** What Google's client libraries read. */
export function environmentOf(host: string, numbers: PortNumbers): Variables {
  return {
    PUBSUB_EMULATOR_HOST: `${host}:${numbers.pubsubPort}`,
    BIGQUERY_EMULATOR_HOST: `http://${host}:${numbers.bigqueryPort}`,
    STORAGE_WRITE_ENDPOINT: `http://${host}:${numbers.storageWritePort}`,
    STORAGE_EMULATOR_HOST: `http://${host}:${numbers.storagePort}`,
    // Google's clients look for a metadata server otherwise, and print a warning when there is none
    METADATA_SERVER_DETECTION: 'none',
  }
}

/** What gcloud and bq read. The slashes at the ends belong there; any text serves as the token. */
export function toolsEnvironmentOf(host: string, numbers: PortNumbers): Variables {
  return {
    CLOUDSDK_AUTH_ACCESS_TOKEN: 'local',
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB: `http://${host}:${numbers.pubsubPort}/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_BIGQUERY: `http://${host}:${numbers.bigqueryPort}/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `http://${host}:${numbers.storagePort}/storage/v1/`,
  }
}
