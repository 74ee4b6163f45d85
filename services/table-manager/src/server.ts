import { parseContracts, parsePolicies, useContracts, useTypeField } from '@tablestream/contract'
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
import { createTables } from './bigquery/bigquery-tables.ts'
import { createChangeLog } from './beside/change-log.ts'
import { readConfig } from './config.ts'
import { createDeduplicatedViews } from './beside/deduplicated-views.ts'

void main(async () => {
  const config = readConfig()
  const logger = createLogger({ service: 'table-manager', level: config.LOG_LEVEL })
  readSetting('TYPE_FIELD', () => useTypeField(config.TYPE_FIELD))
  const contracts = readSetting('CONTRACTS', () => parseContracts(readJsonFiles(config.CONTRACTS)))
  useContracts(contracts, (told) => logger.info(told, 'contracts'))
  const tables = createTables(config.PROJECT_ID, config.DATASET)
  const changeLog = createChangeLog({
    tables,
    publisher: createPublisher(config.PROJECT_ID, config.SCHEMA_CHANGES_TOPIC),
    logger,
  })
  const app = await buildApp({
    logger,
    tables,
    changeLog,
    views: createDeduplicatedViews(tables, `${config.PROJECT_ID}.${config.DATASET}`, logger),
    policies: readSetting('EVENT_POLICIES', () => parsePolicies(readJsonVariable(config.EVENT_POLICIES))),
    cacheMs: config.TABLE_CACHE_SECONDS * 1000,
    takesRequests: config.TABLE_REQUESTS === 'shapes',
  })
  await runService({ app, logger, host: config.HOST, port: config.PORT })
})
