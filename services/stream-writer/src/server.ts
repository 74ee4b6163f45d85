import { parseContracts, parsePolicies, typeField, useContracts, useTypeField } from '@tablestream/contract'
import {
  createLogger,
  createPublisher,
  main,
  readJsonFiles,
  readJsonVariable,
  readSetting,
  runService,
} from '@tablestream/service-kit'
import { buildApp } from './app.ts'
import { readConfig } from './config.ts'
import { createLookup, noLookup } from './doubts/bigquery-lookup.ts'
import { createMetrics } from './metrics.ts'
import { openSubscription } from './pull/pubsub-client.ts'
import { createTablesGet } from './presence/tables-get.ts'
import { createWritePath } from './append/storage-write-client.ts'
import { EventWriter } from './write-events.ts'

/** A request that Pub/Sub does not take by then is made again later. */
const REQUEST_MS = 5000

void main(async () => {
  const config = readConfig()
  const logger = createLogger({ service: 'stream-writer', level: config.LOG_LEVEL })
  readSetting('TYPE_FIELD', () => useTypeField(config.TYPE_FIELD))
  const contracts = readSetting('CONTRACTS', () => parseContracts(readJsonFiles(config.CONTRACTS)))
  useContracts(contracts, (told) => logger.info(told, 'contracts'))
  const pubsub = await openSubscription({
    projectId: config.PROJECT_ID,
    subscription: config.SUBSCRIPTION,
  })
  const deadLetters = createPublisher(config.PROJECT_ID, config.DEAD_LETTER_TOPIC)
  const requests =
    config.TABLE_REQUESTS === 'shapes'
      ? createPublisher(config.PROJECT_ID, config.SCHEMA_REQUESTS_TOPIC, { longestMs: REQUEST_MS })
      : undefined
  const writePath = await createWritePath({
    projectId: config.PROJECT_ID,
    dataset: config.DATASET,
    endpoint: config.STORAGE_WRITE_ENDPOINT,
    appendTimeoutMs: config.APPEND_TIMEOUT_SECONDS * 1000,
  })
  const { PROJECT_ID: projectId, DATASET: dataset, LOOKUP_MAX_BYTES: mostBytes } = config
  const writer = new EventWriter({
    pubsub,
    deadLetters,
    requests,
    writePath,
    tablesGet: createTablesGet(projectId, dataset),
    lookup:
      mostBytes === 0
        ? noLookup
        : createLookup({ projectId, dataset, typeField: typeField(), mostBytes, logger }),
    logger,
    metrics: createMetrics,
    subscription: config.SUBSCRIPTION,
    leaseSeconds: config.LEASE_SECONDS,
    maxMessages: config.MAX_MESSAGES,
    maxBytes: config.MAX_BYTES,
    parkSeconds: config.PARK_SECONDS,
    duplicateWindow: config.DUPLICATE_WINDOW,
    policies: readSetting('EVENT_POLICIES', () => parsePolicies(readJsonVariable(config.EVENT_POLICIES))),
    now: Date.now,
  })
  const closeClients = async () => {
    await Promise.all([pubsub.close(), deadLetters.close(), requests?.close(), writePath.close()])
  }
  const app = await buildApp({ logger, writer, closeClients })
  await runService({ app, logger, host: config.HOST, port: config.PORT })
})
