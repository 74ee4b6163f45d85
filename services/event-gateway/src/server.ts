import { createLogger, createPublisher, main, readJsonVariable, runService } from '@tablestream/service-kit'
import { parseApiKeys } from './api-keys.ts'
import { buildApp } from './app.ts'
import { readConfig } from './config.ts'
import { googleTokens } from './identity-tokens.ts'

void main(async () => {
  const config = readConfig()
  const { PROJECT_ID, TOPIC, HOST, PORT, LOG_LEVEL, TOKEN_AUDIENCE, TOKEN_EMAILS } = config
  const logger = createLogger({ service: 'event-gateway', level: LOG_LEVEL })
  const app = await buildApp({
    logger,
    publisher: createPublisher(PROJECT_ID, TOPIC),
    keys: parseApiKeys(readJsonVariable(config.API_KEYS)),
    verifyToken: TOKEN_AUDIENCE === '' ? undefined : googleTokens(TOKEN_AUDIENCE),
    emails: new Set(TOKEN_EMAILS.split(',').map((email) => email.trim())),
    requestsPerMinute: config.REQUESTS_PER_MINUTE,
    maxBodyBytes: config.MAX_BODY_BYTES,
    maxHeldBytes: config.MAX_HELD_BYTES,
  })
  await runService({ app, logger, host: HOST, port: PORT })
})
