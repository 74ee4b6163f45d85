import { createLogger, createPublisher, main, runService } from '@tablestream/service-kit'
import { buildApp } from './app.ts'
import { readConfig } from './config.ts'

void main(async () => {
  const config = readConfig()
  const logger = createLogger({ service: 'event-generator', level: config.LOG_LEVEL })
  const app = await buildApp({ logger, publisher: createPublisher(config.PROJECT_ID, config.TOPIC) })
  await runService({ app, logger, host: config.HOST, port: config.PORT })
})
