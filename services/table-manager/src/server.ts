import { createLogger, main, runService } from '@tablestream/service-kit'
import { buildApp } from './app.ts'
import { createTables } from './bigquery-tables.ts'
import { readConfig } from './config.ts'

await main(async () => {
  const config = readConfig()
  const logger = createLogger({ service: 'table-manager', level: config.LOG_LEVEL })
  const tables = createTables(config.PROJECT_ID, config.DATASET)
  const app = await buildApp({ logger, tables, cacheMs: config.TABLE_CACHE_SECONDS * 1000 })
  await runService({ app, logger, host: config.HOST, port: config.PORT })
})
