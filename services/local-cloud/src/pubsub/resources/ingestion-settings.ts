import { GoogleError, unsupported } from '../../google-error.ts'

type Fields = Readonly<Record<string, string>>

/** From where messages shall come into a topic: pubsub.proto, IngestionDataSourceSettings, in proto3 JSON. */
export type IngestionSettings = Readonly<Record<string, Fields>>

interface Source {
  readonly fields: readonly string[]
  /** Whether each must be said. */
  readonly isRequired: boolean
  /** How it is shown that nothing comes. */
  readonly state: string
}

// nobody here is let into another cloud
const SOURCES: Readonly<Record<string, Source>> = {
  awsKinesis: {
    fields: ['streamArn', 'consumerArn', 'awsRoleArn', 'gcpServiceAccount'],
    isRequired: true,
    state: 'KINESIS_PERMISSION_DENIED',
  },
  awsMsk: {
    fields: ['clusterArn', 'topic', 'awsRoleArn', 'gcpServiceAccount'],
    isRequired: true,
    state: 'MSK_PERMISSION_DENIED',
  },
  azureEventHubs: {
    fields: [
      'resourceGroup',
      'namespace',
      'eventHub',
      'clientId',
      'tenantId',
      'subscriptionId',
      'gcpServiceAccount',
    ],
    isRequired: false,
    state: 'EVENT_HUBS_PERMISSION_DENIED',
  },
  confluentCloud: {
    fields: ['bootstrapServer', 'clusterId', 'topic', 'identityPoolId', 'gcpServiceAccount'],
    isRequired: true,
    state: 'CONFLUENT_CLOUD_PERMISSION_DENIED',
  },
}

/** The fields of each source, by its name. */
export const INGESTION_FIELDS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(SOURCES).map(([name, { fields }]) => [name, [...fields, 'state']]),
)

/**
 * The settings as they are kept: without the states, which are told of them.
 *
 * @throws GoogleError UNIMPLEMENTED for another source, INVALID_ARGUMENT where a field is missing or there are several sources
 */
export function readIngestion(settings: object): IngestionSettings {
  const sent = Object.entries(settings).filter(([, value]) => value !== null && value !== undefined)
  const other = sent.find(([name]) => !Object.hasOwn(SOURCES, name))
  if (other) throw unsupported(`topic.ingestionDataSourceSettings.${other[0]}`)
  if (sent.length > 1)
    throw invalid(`has ${sent.map(([name]) => name).join(' and ')}: a topic has one source.`)
  return Object.fromEntries(sent.map(([name, value]) => [name, readSource(name, value as Fields)]))
}

function readSource(name: string, value: Fields): Fields {
  const { fields, isRequired } = SOURCES[name]!
  const missing = fields.find((field) => !value[field])
  if (isRequired && missing !== undefined) throw invalid(`lacks ${name}.${missing}.`)
  return Object.fromEntries(fields.filter((field) => value[field]).map((field) => [field, value[field]!]))
}

/** The settings as they are shown: with the state of their source, by which nothing comes. */
export function shownIngestion(settings: IngestionSettings): IngestionSettings {
  const sources = Object.entries(settings)
  return Object.fromEntries(
    sources.map(([name, fields]) => [name, { ...fields, state: SOURCES[name]!.state }]),
  )
}

const invalid = (what: string): GoogleError =>
  new GoogleError('INVALID_ARGUMENT', `The ingestion_data_source_settings ${what}`)
