import { createLogger, main } from '@tablestream/service-kit'
import { archiveHours } from './archive-hours.ts'
import { readConfig } from './config.ts'
import { openArchive } from './open-archive.ts'

void main(async () => {
  const config = readConfig()
  const logger = createLogger({ service: 'archiver', level: config.LOG_LEVEL })
  const { parts, plan } = openArchive(config, (told) => logger.info(told, 'contracts'))
  await archiveHours(parts, plan, (report) => logger.info(report, 'hour archived'))
  logger.info('archive is complete')
})
