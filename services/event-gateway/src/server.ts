import { parseContracts, typeField, useContracts, useTypeField } from '@tablestream/contract'
import {
  createLogger,
  createPublisher,
  main,
  readJsonFiles,
  readJsonVariable,
  readSetting,
  runService,
} from '@tablestream/service-kit'
import { parseApiKeys } from './access/api-keys.ts'
import { buildApp } from './app.ts'
import { bulkThreads } from './threads/bulk-threads.ts'
import { callsInThread } from './threads/calls-in-thread.ts'
import { originsOf } from './access/cross-origin.ts'
import { emailsOf, readConfig } from './config.ts'
import { helpersBehind } from './threads/helpers-behind.ts'
import { googleTokens } from './access/identity-tokens.ts'

void main(async () => {
  const config = readConfig()
  const { PROJECT_ID, TOPIC, HOST, PORT, LOG_LEVEL, TOKEN_AUDIENCE, MAX_BODY_BYTES } = config
  const logger = createLogger({ service: 'event-gateway', level: LOG_LEVEL })
  readSetting('TYPE_FIELD', () => useTypeField(config.TYPE_FIELD))
  const contracts = readSetting('CONTRACTS', () => parseContracts(readJsonFiles(config.CONTRACTS)))
  useContracts(contracts, (told) => logger.info(told, 'contracts'))
  const keys = readSetting('API_KEYS', () => parseApiKeys(readJsonVariable(config.API_KEYS)))
  if (keys.ignored.length > 0)
    logger.warn({ fields: keys.ignored }, 'API_KEYS: fields that this gateway does not know are ignored')
  try {
    helpersBehind()
  } catch (error) {
    logger.warn(
      { err: error },
      'the engine’s helper threads keep their priority: large bodies may slow others down',
    )
  }
  const calls = callsInThread({ projectId: PROJECT_ID, topic: TOPIC }, logger)
  const app = await buildApp({
    logger,
    publisher: createPublisher(PROJECT_ID, TOPIC, { open: async () => calls, atOnce: true }),
    bulk: bulkThreads(
      { projectId: PROJECT_ID, topic: TOPIC, mostBytes: MAX_BODY_BYTES, typeField: typeField(), contracts },
      logger,
    ),
    keys,
    verifyToken: TOKEN_AUDIENCE === '' ? undefined : googleTokens(TOKEN_AUDIENCE),
    emails: emailsOf(config.TOKEN_EMAILS),
    origins: readSetting('CORS_ORIGINS', () => originsOf(config.CORS_ORIGINS)),
    requestsPerMinute: config.REQUESTS_PER_MINUTE,
    bytesPerMinute: config.BYTES_PER_MINUTE,
    maxBodyBytes: MAX_BODY_BYTES,
    maxHeldBytes: config.MAX_HELD_BYTES,
    maxRequests: config.MAX_REQUESTS,
  })
  await runService({ app, logger, host: HOST, port: PORT })
})
