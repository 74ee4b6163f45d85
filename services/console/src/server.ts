import { parseContracts, parsePolicies, useContracts, useTypeField } from '@tablestream/contract'
import { readLedger, Replayer } from '@tablestream/ledger'
import {
  createLogger,
  main,
  readJsonFiles,
  readJsonVariable,
  readSetting,
  runService,
} from '@tablestream/service-kit'
import { buildApp } from './app.ts'
import { openWarehouse } from './bigquery/bigquery-client.ts'
import { metricsSources, readConfig, textsOf } from './config.ts'
import { PAGE_POLICY, pageFiles, pageFolder } from './page-files.ts'
import { openPubSub } from './pubsub-client.ts'

void main(async () => {
  const config = readConfig()
  const logger = createLogger({ service: 'console', level: config.LOG_LEVEL })
  const { PROJECT_ID: projectId, ENVIRONMENT: environment, TOPIC: topic } = config
  const dataset = config.DATASET || `${environment}_events_dataset`
  const maxBytesBilled = config.MAX_BYTES_BILLED
  const target = { projectId, dataset, topic }
  readSetting('TYPE_FIELD', () => useTypeField(config.TYPE_FIELD))
  const contracts = readSetting('CONTRACTS', () => parseContracts(readJsonFiles(config.CONTRACTS)))
  useContracts(contracts, (told) => logger.info(told, 'contracts'))
  const policies = readSetting('EVENT_POLICIES', () => parsePolicies(readJsonVariable(config.EVENT_POLICIES)))
  const { warehouse, client } = openWarehouse({ projectId, maxBytes: maxBytesBilled })
  const pubsub = openPubSub(projectId)
  const ledgerPolicies = config.EVENT_POLICIES === '' ? undefined : policies
  const app = await buildApp({
    logger,
    policies,
    warehouse,
    readLedger: (since) => readLedger(client, target, { since, policies: ledgerPolicies, maxBytesBilled }),
    replayer: new Replayer(client, pubsub, target, { maxBytesBilled }),
    ask: fetch,
    page: { files: pageFiles(pageFolder(import.meta.dirname)), policy: PAGE_POLICY },
    closed: () => pubsub.close(),
    settings: {
      projectId,
      environment,
      dataset,
      metrics: metricsSources(config.METRICS_URLS),
      monitored:
        config.FIGURES === 'monitoring'
          ? { topic, subscription: config.SUBSCRIPTION, deadLetterTopic: config.DEAD_LETTER_TOPIC }
          : undefined,
      gatewayUrl: config.GATEWAY_URL,
      gatewayKey: config.GATEWAY_KEY,
      generatorUrl: config.GENERATOR_URL,
      faultsUrl: config.FAULTS_URL,
      mayReplay: config.MAY_REPLAY,
      maySend: config.MAY_SEND,
      mayQuery: config.MAY_QUERY,
      hosts: textsOf(config.ALLOWED_HOSTS),
      sinceHours: config.SINCE_HOURS,
      ledgerSeconds: config.LEDGER_SECONDS,
    },
  })
  await runService({ app, logger, host: config.HOST, port: config.PORT })
})
