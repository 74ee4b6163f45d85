import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readEnvironmentFile } from '../scripts/target/environment-file.ts'
import { localPort } from '../scripts/target/local-ports.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

t.test('one file moves the ports for Node and for Google’s tools alike; what is set already stays', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tablestream-env-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'second.env')
  writeFileSync(file, 'LOCAL_PORT_OFFSET=100\nLOCAL_BIGQUERY_PORT=7000\nENVIRONMENT=test\n')
  const before = { ...process.env }
  t.teardown(() => {
    for (const name of ['ENV_FILE', 'ENVIRONMENT', 'LOCAL_PORT_OFFSET', 'LOCAL_BIGQUERY_PORT'])
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
  })
  Object.assign(process.env, { ENV_FILE: file, ENVIRONMENT: 'dev' })
  readEnvironmentFile()
  t.same([localPort('Pub/Sub'), localPort('BigQuery'), process.env['ENVIRONMENT']], [8185, 7000, 'dev'])
  process.env['LOCAL_PORT_OFFSET'] = '60000'
  t.throws(() => localPort('Pub/Sub'), /LOCAL_PORT_OFFSET is a whole number from 0 to 56000, but is "60000"/)

  const env = { PATH: before['PATH'], ENV_FILE: file, ENVIRONMENT: 'dev' }
  const script = '. scripts/local-env.sh && echo "$PUBSUB_EMULATOR_HOST $BIGQUERY_EMULATOR_HOST $ENVIRONMENT"'
  const said = execFileSync('bash', ['-euc', script], { cwd: root, env, encoding: 'utf8' })
  t.equal(said, 'localhost:8185 http://localhost:7000 dev\n')
  t.end()
})
