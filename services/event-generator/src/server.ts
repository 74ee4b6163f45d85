import { useTypeField } from '@tablestream/contract'
import { createLogger, createPublisher, main, readSetting, runService } from '@tablestream/service-kit'
import { buildApp } from './app.ts'
import { checkTypeField } from './as-published.ts'
import { readConfig } from './config.ts'

void main(async () => {
  const config = readConfig()
  readSetting('TYPE_FIELD', () => {
    useTypeField(config.TYPE_FIELD)
    checkTypeField()
  })
  const logger = createLogger({ service: 'event-generator', level: config.LOG_LEVEL })
  const app = await buildApp({ logger, publisher: createPublisher(config.PROJECT_ID, config.TOPIC) })
  await runService({ app, logger, host: config.HOST, port: config.PORT })
})
