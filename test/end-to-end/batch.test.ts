import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { batchCommand, JOBS, readConfig } from '@tablestream/batch-loader'
import { Shop } from '@tablestream/event-generator'
import t from 'tap'
import { writeSample } from '../../scripts/sample-data/sample-files.ts'
import { makeLoadBucket, usePipeline } from './loader.ts'
import { DATASET, PROJECT, settled, startPipeline, type Pipeline } from './pipeline.ts'

const SHOP = { seed: 7, start: new Date('2026-11-02T00:00:00Z'), days: 1, customers: 150 }
const PROCESSED = 'dev_processed_dataset'
const BATCH = fileURLToPath(new URL('../../scripts/batch.ts', import.meta.url))

interface Label {
  readonly file: string
  readonly line: number
  readonly becomes: { readonly end: string; readonly path?: string }
}

/** Runs the command as people do: `npm run batch -- .sample`; `npm run batch` takes .sample, too. */
function runBatch({ cloud }: Pipeline, folder: string) {
  const env = { ...process.env, ...cloud.environment, PROJECT_ID: PROJECT, DATASET, ENVIRONMENT: 'dev' }
  return new Promise<{ code: unknown; output: string }>((resolve) => {
    execFile(process.execPath, [BATCH, folder], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    )
  })
}

t.test(
  'files of the shop become tables and Parquet, each dirty line its end, and joins with the stream come out',
  async (t) => {
    const pipeline = await startPipeline()
    t.teardown(() => pipeline.close())
    await makeLoadBucket(pipeline)
    const { clients } = pipeline
    const folder = t.testdir({})
    const files = await writeSample({ ...SHOP, folder, dirt: 0.1, transactions: 'csv' })
    const rowsOf = (name: string) => files.find(({ path }) => path.includes(name))!.rows

    const { code, output } = await runBatch(pipeline, folder)
    t.equal(code, 0, output)
    for (const step of ['load', 'transform', 'checks']) t.match(output, `── ${step}`)
    for (const name of ['customers', 'products', 'transactions', 'user_events'])
      t.equal(await clients.count(`SELECT COUNT(*) FROM ${PROCESSED}.${name}`), rowsOf(name), name)

    await t.test('what the stream brings after the transform turns no check red', async (t) => {
      t.teardown(usePipeline(pipeline))
      const [event] = await clients.query(`SELECT * FROM ${DATASET}.user_events_streaming LIMIT 1`)
      await clients.query(
        `INSERT INTO ${DATASET}.user_events_streaming SELECT * REPLACE ('later' AS event_id, CURRENT_TIMESTAMP() AS processed_timestamp)
          FROM ${DATASET}.user_events_streaming WHERE event_id = '${String(event!['event_id'])}'`,
      )
      const lines: string[] = []
      const config = readConfig({ ...pipeline.cloud.environment, PROJECT_ID: PROJECT, DATASET })
      const print = (line: string) => lines.push(line)
      const checked = await batchCommand(config, {
        jobs: JOBS,
        steps: ['checks'],
        raw: join(folder, 'raw'),
        print,
      })
      t.equal(checked, 0, lines.join('\n'))
      await clients.query(`DELETE FROM ${DATASET}.user_events_streaming WHERE event_id = 'later'`)
    })

    await t.test('each dirty line has the end that its label names', async (t) => {
      const labels = readFileSync(join(folder, 'labels.ndjson'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Label)
      const wanted = labels
        .filter(({ becomes }) => becomes.end === 'dead_letter')
        .map(({ file, line, becomes }) => `${file} line ${line} ${becomes.path ?? ''}`)
      const letters = await clients.deadLetters(wanted.length)
      const found = letters.map(({ attributes }) => {
        const { 'dead-letter-file': file, 'dead-letter-place': place } = attributes
        const [line] = /line \d+/.exec(place!) ?? []
        return `${file!.slice(file!.indexOf('raw/'))} ${line} ${attributes['dead-letter-path'] ?? ''}`
      })
      t.same(found.toSorted(), wanted.toSorted())
      t.ok(labels.some(({ becomes }) => becomes.end === 'duplicate'))
      t.equal(
        await clients.count(`SELECT SUM(duplicates) FROM ${DATASET}.loads`),
        labels.filter(({ becomes }) => becomes.end === 'duplicate').length,
      )
    })

    await t.test(
      'orders of the stream are paid by transactions, to the cent, by customers that are there',
      async (t) => {
        const shop = new Shop({ ...SHOP, now: () => SHOP.start })
        const orders: string[] = []
        for (;;) {
          const order = shop.next('order')
          if (shop.now().getTime() >= SHOP.start.getTime() + 24 * 3_600_000) break
          orders.push(JSON.stringify(order))
        }
        await clients.publish(orders)
        await settled(pipeline)
        const joined = `FROM ${DATASET}.orders AS o JOIN ${PROCESSED}.transactions AS p USING (order_id)
      JOIN ${PROCESSED}.customers AS c ON c.customer_id = o.customer_id WHERE o.status = 'pending'`
        t.equal(
          await clients.count(`SELECT COUNT(*) ${joined} AND p.amount = o.total_amount`),
          rowsOf('transactions'),
        )
      },
    )

    await t.test(
      'the same files again load nothing; what does not come out is named, and the exit code says so',
      async (t) => {
        await clients.query(`DELETE FROM ${DATASET}.customers WHERE TRUE`)
        const again = await runBatch(pipeline, folder)
        t.equal(again.code, 1, again.output)
        t.equal(again.output.match(/was loaded before/g)?.length, 4)
        t.match(again.output, /WRONG  transactions\.customer_id is one of customers: \d+ of \d+/)
        t.match(again.output, /ok     transactions: one row for each transaction_id/)
      },
    )
  },
)
