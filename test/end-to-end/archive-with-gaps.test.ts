import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { readBack } from '@tablestream/archiver'
import t from 'tap'
import { BUCKET, event, HOUR, openArchiver, RECORD } from './archiver.ts'
import { PROJECT } from './pipeline.ts'

/** So long ago that the record keeps nothing of it any more. */
const LONG_AGO_HOURS = 120

/** Two hours that are archived, the first of which has lost its manifest. */
async function withGap(t: Parameters<typeof openArchiver>[0]) {
  const began = Math.floor(Date.now() / HOUR) * HOUR - LONG_AGO_HOURS * HOUR
  const opened = await openArchiver(t, began + 7 * 60_000)
  const { publish, go, archive, bucket } = opened
  await publish(event('page_view', 1))
  go(HOUR)
  await publish(event('page_view', 2))
  go(2 * HOUR)
  await archive()
  const [first, second] = [began, began + HOUR].map((millis) => new Date(millis).toISOString().slice(0, 13))
  await bucket.file(`output/_hours/${first!.replaceAll(/[-T]/g, '/')}.json`).delete()
  return { ...opened, began, first: first!, second: second! }
}

t.test(
  'an hour that is not archived is read from the record, and keeps nobody from the others',
  async (t) => {
    const { parts, began, second } = await withGap(t)
    const back = await readBack(parts, parts.newId(), began)
    t.match(back, {
      hours: [second],
      messages: 1,
      missing: [],
      inRecord: [{ from: began, until: began + HOUR }],
    })
  },
)

t.test(
  'an hour that neither the archive nor the record has is named, and keeps nobody from the others',
  async (t) => {
    const { cloud, parts, rows, go, began, first, second } = await withGap(t)
    await rows(`DELETE FROM ${RECORD} WHERE publish_time < TIMESTAMP_MILLIS(${began + HOUR})`)
    const kept = await readBack(parts, parts.newId(), began - 3 * HOUR)
    t.same(
      kept.missing,
      [],
      'while the record keeps it, an hour of which it has nothing is one in which nothing was published',
    )
    go((LONG_AGO_HOURS - 2) * HOUR)
    const back = await readBack(parts, parts.newId(), began - 3 * HOUR)
    t.match(back, { hours: [second], messages: 1, missing: [first], inRecord: [] })

    const environment = { ...process.env, ...cloud.environment, PROJECT_ID: PROJECT, ENVIRONMENT: 'dev' }
    const run = async (...command: readonly string[]) => {
      const child = spawn(process.execPath, command, { env: environment })
      const [out, error, [code]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'exit'),
      ])
      return { out, error, code: code as unknown }
    }
    const since = `${first}:00:00Z`
    const ledger = await run('scripts/reconcile.ts', since, '--wait', '0', '--archive', `gs://${BUCKET}`)
    t.match(ledger.out, `neither gs://${BUCKET} nor the record has ${first}`)
    t.match(ledger.out, /page_view +1 /)
    t.equal(ledger.code, 1)
    const again = await run('scripts/archive.ts', '--republish', since)
    t.match(again.out, '1 would be published again')
    t.match(again.error, `has not archived ${first}: nothing is published again of that`)
    t.equal(again.code, 2)
  },
)
