import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { PROJECT, settled, startPipeline } from '../end-to-end/pipeline.ts'
import { onlyLong } from '../long-tests.ts'
import { skipped } from '../skipped.ts'
import { missingTool, runTool } from './tools.ts'

const skip = skipped(onlyLong || missingTool('gcloud') || missingTool('bq', ['version']))

t.test('the commands that people know work as they are', { skip, timeout: 480_000 }, async (t) => {
  const pipeline = await startPipeline({ services: ['table-manager', 'stream-writer'] })
  const config = mkdtempSync(join(tmpdir(), 'gcloud-'))
  t.teardown(async () => {
    await pipeline.close()
    rmSync(config, { recursive: true, force: true })
  })
  // the variables of scripts/local-env.sh, with the ports of this test
  const env = {
    CLOUDSDK_CONFIG: config,
    CLOUDSDK_CORE_PROJECT: PROJECT,
    CLOUDSDK_AUTH_ACCESS_TOKEN: 'local',
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB: `http://127.0.0.1:${pipeline.cloud.pubsubPort}/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_EVENTARC: `http://127.0.0.1:${pipeline.cloud.pubsubPort}/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_BIGQUERY: `http://127.0.0.1:${pipeline.cloud.bigqueryPort}/`,
  }
  const order = {
    event_type: 'order',
    order_id: 'from-gcloud',
    customer_id: 'c',
    order_date: '2026-01-01T00:00:00Z',
    status: 'pending',
    items: [{ product_id: 'p', product_name: 'n', quantity: 1, price: 2 }],
    total_amount: 2,
  }

  await t.test('gcloud pubsub topics publish', async (t) => {
    const args = ['pubsub', 'topics', 'publish', 'backend-events-topic', `--message=${JSON.stringify(order)}`]
    t.match(await runTool('gcloud', args, env), /messageIds/)
    await settled(pipeline)
  })
  await t.test('gcloud pubsub topics and subscriptions list, describe', async (t) => {
    t.match(await runTool('gcloud', ['pubsub', 'topics', 'list'], env), /backend-events-dead-letter/)
    const args = ['pubsub', 'subscriptions', 'describe', 'backend-events-topic-sub']
    t.match(await runTool('gcloud', args, env), /maxDeliveryAttempts: 100/)
  })
  await t.test('gcloud eventarc triggers list', async (t) => {
    const args = ['eventarc', 'triggers', 'list', '--location=us-central1', '--format=value(name,updateTime)']
    t.match(await runTool('gcloud', args, env), /table-manager-shapes\s+2\d{3}-/)
  })
  await t.test('bq ls', async (t) => {
    t.match(
      await runTool('bq', ['ls', 'dev_events_dataset'], env),
      /orders +TABLE +DAY \(field: event_date\)/,
    )
  })
  await t.test('bq query', async (t) => {
    const sql = `SELECT order_id FROM \`${PROJECT}.dev_events_dataset.orders\` LIMIT 5`
    t.match(await runTool('bq', ['query', '--use_legacy_sql=false', sql], env), /from-gcloud/)
  })
  await t.test('bq show and head', async (t) => {
    t.match(await runTool('bq', ['show', 'dev_events_dataset.orders'], env), /order_id: string \(required\)/)
    t.match(await runTool('bq', ['head', '-n', '1', 'dev_events_dataset.orders'], env), /from-gcloud/)
  })
  await t.test('bq query in legacy SQL is refused by name', async (t) => {
    const sql = `SELECT order_id FROM [${PROJECT}:dev_events_dataset.orders]`
    await t.rejects(runTool('bq', ['query', '--use_legacy_sql=true', sql], env), /legacy SQL/)
  })
  await t.test('scripts/test-table-creation.sh --local', async (t) => {
    const ports = {
      LOCAL_PUBSUB_PORT: String(pipeline.cloud.pubsubPort),
      LOCAL_BIGQUERY_PORT: String(pipeline.cloud.bigqueryPort),
      POLL_SECONDS: '0.1',
    }
    const run = (more: Readonly<Record<string, string>> = {}) => {
      const args = ['scripts/test-table-creation.sh', '--local', PROJECT, 'dev']
      return runTool('bash', args, { CLOUDSDK_CONFIG: config, ...ports, ...more })
    }
    await run()
    t.equal(await pipeline.clients.count('SELECT COUNT(*) FROM dev_events_dataset.user_activity'), 1)
    await pipeline.streamWriter.stop()
    // nobody writes: it must not call that a success
    await t.rejects(run({ DEADLINE_SECONDS: '2' }), {
      message:
        /orders has no row of smoke\w+-order after 2 s. What was seen:.*the last answer: \[\{"found":"0"\}\].*dead letters of this run:\s*\[\]\s*$/s,
    })
  })
})
