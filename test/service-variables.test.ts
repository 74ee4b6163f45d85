import { createHash } from 'node:crypto'
import t from 'tap'
import { LISTENERS, type Listener } from '../scripts/target/local-ports.ts'
import { serviceVariables } from '../scripts/start/service-variables.ts'

const ports = Object.fromEntries(LISTENERS.map((name, at) => [name, 7000 + at])) as Record<Listener, number>
const settings = { PROJECT_ID: 'p', ENVIRONMENT: 'dev', REGION: 'r', ports }

t.test('what the environment sets goes before a default', (t) => {
  const given = { MAY_REPLAY: 'false', SINCE_HOURS: '24', LEDGER_SECONDS: '60', MAY_SEND: '', API_KEYS: '{}' }
  const { forService } = serviceVariables(settings, given)
  t.match(forService('console'), {
    MAY_REPLAY: 'false',
    SINCE_HOURS: '24',
    LEDGER_SECONDS: '60',
    MAY_SEND: 'true',
  })
  t.equal(forService('event-gateway')['API_KEYS'], '{}')
  t.end()
})

t.test('a key that is given is the one that the gateway takes', (t) => {
  const { key, forService } = serviceVariables(settings, { GATEWAY_KEY: 'mine' })
  t.equal(key, 'mine')
  t.equal(forService('console')['GATEWAY_KEY'], 'mine')
  const sha256 = createHash('sha256').update('mine').digest('hex')
  t.same(JSON.parse(forService('event-gateway')['API_KEYS']!), { local: { sha256 } })
  t.end()
})

t.test('an address is never taken from the environment', (t) => {
  const given = { HOST: '0.0.0.0', PORT: '1', PUBSUB_EMULATOR_HOST: 'elsewhere:1', GATEWAY_URL: 'http://x' }
  t.match(serviceVariables(settings, given).forService('console'), {
    HOST: '127.0.0.1',
    PORT: String(ports.console),
    PUBSUB_EMULATOR_HOST: `127.0.0.1:${ports['Pub/Sub']}`,
    GATEWAY_URL: `http://127.0.0.1:${ports['event-gateway']}`,
  })
  t.end()
})
