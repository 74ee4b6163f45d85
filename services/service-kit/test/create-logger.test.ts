import { PassThrough } from 'node:stream'
import t from 'tap'
import { createLogger } from '../src/create-logger.ts'

t.test('lines are what Cloud Logging reads', (t) => {
  const stream = new PassThrough()
  const logger = createLogger({ service: 'writer', level: 'info', stream })
  logger.warn({ table: 'orders' }, 'something')
  logger.debug('not shown')
  const lines = String(stream.read()).trim().split('\n')
  t.equal(lines.length, 1)
  t.match(JSON.parse(lines[0]!), {
    severity: 'WARNING',
    service: 'writer',
    message: 'something',
    table: 'orders',
  })
  t.end()
})
