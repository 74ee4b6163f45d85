import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { HourReport } from '@tablestream/archiver'
import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { event, HOUR, inRecord, openArchiver } from './archiver.ts'
import { PROJECT } from './pipeline.ts'

const filesOf = (names: readonly string[]) => names.filter((name) => name.endsWith('.avro'))

t.test('an hour that fails keeps no later hour back', async (t) => {
  const { cloud, publish, go, archive, archived, rows } = await openArchiver(t)
  await publish(event('order', 1))
  go(HOUR)
  await publish(event('order', 2))
  go(2 * HOUR)
  // the first query is that of the first hour
  cloud.faults.set({ rules: [{ on: 'bigquery.query', do: 'error', status: 'INVALID_ARGUMENT', at: [1] }] })
  const reports: HourReport[] = []
  await t.rejects(archive(reports), { message: /^not archived: 2026-11-29T05: / })
  t.match(reports, [{ hour: '2026-11-29T06', outcome: 'archived', messages: 1 }])
  cloud.faults.clear()
  t.match(await archive(), [{ hour: '2026-11-29T05', outcome: 'archived' }])
  t.same(await archived(), await rows(inRecord))
})

t.test('keys that cannot be written keep no hour from the archive, and are told', async (t) => {
  const { publish, go, archive, archived, rows, bigquery } = await openArchiver(t)
  await publish(event('order', 1), event('page_view', 1))
  go(2 * HOUR)
  const keys = bigquery.dataset('dev_events_dataset').table('published_keys')
  const [{ schema }] = (await keys.getMetadata()) as unknown as [{ schema: object }]
  await keys.delete()
  const reports: HourReport[] = []
  await t.rejects(archive(reports), { message: /^not archived: keys of 2026-11-29T05: .*published_keys/ })
  t.same(reports, [{ hour: '2026-11-29T05', outcome: 'archived', messages: 2 }])
  t.same(await archived(), await rows(inRecord))
  await t.rejects(
    archive(),
    { message: /^not archived: 2026-11-29T05: .*published_keys/ },
    'they are not forgotten',
  )
  await bigquery.dataset('dev_events_dataset').createTable('published_keys', { schema })
  t.same(await archive(), [{ hour: '2026-11-29T05', outcome: 'keys', messages: 2 }])
  t.equal((await rows('SELECT message_id FROM dev_events_dataset.published_keys')).length, 2)
  t.same(await archived(), await rows(inRecord))
  t.same(await archive(), [], 'once is enough')
})

t.test('an hour that the record forgets while it is copied is named, and is not archived', async (t) => {
  const { parts, publish, go, archive, rows, names } = await openArchiver(t)
  await publish(event('order', 1))
  go(1.1 * HOUR)
  const stage = parts.record.stage.bind(parts.record)
  parts.record.stage = async (hour, ...more) => {
    if (hour === '2026-11-29T05') {
      go(0.9 * HOUR)
      await rows('DELETE FROM dev_events_dataset.published_messages WHERE TRUE')
    }
    return stage(hour, ...more)
  }
  await t.rejects(archive([], 2 * HOUR), {
    message: /^not archived: 2026-11-29T05: the record keeps no messages of 2026-11-29T05 any more/,
  })
  t.notOk((await names()).includes('output/_hours/2026/11/29/05.json'))
})

t.test('more files than a table may have are read by several tables', async (t) => {
  const { publish, go, archive, archived, rows } = await openArchiver(t)
  await publish(event('order', 1), event('inventory', 1), event('page_view', 1))
  go(2 * HOUR)
  await archive()
  t.same(await archived(2), await rows(inRecord))
})

t.test('messages that come into the record a day late are archived, too', async (t) => {
  const { publish, go, archive, archived, rows } = await openArchiver(t)
  await publish(event('order', 1))
  go(24 * HOUR)
  t.equal((await archive()).length, 23)
  go(-24 * HOUR)
  await publish(event('order', 2))
  go(24 * HOUR)
  t.same(await archive(), [{ hour: '2026-11-29T05', outcome: 'again', messages: 2 }])
  t.same(await archived(), await rows(inRecord))
})

t.test('what the record forgets between a count and a copy stays in the archive', async (t) => {
  const { parts, publish, go, archive, archived, rows, names } = await openArchiver(t)
  await publish(event('order', 1))
  go(3 * HOUR)
  await archive()
  const [files, kept] = [await names(), await archived()]
  go(-3 * HOUR)
  await publish(event('order', 2))
  go(3 * HOUR)
  const stage = parts.record.stage.bind(parts.record)
  parts.record.stage = async (...of) => {
    await rows('DELETE FROM dev_events_dataset.published_messages WHERE TRUE')
    return stage(...of)
  }
  await t.rejects(archive(), { message: /the record has 0 messages of 2026-11-29T05 now, and the archive 1/ })
  t.same(filesOf(await names()), filesOf(files))
  t.same(await archived(), kept)
})

t.test('what came late into one folder does not stand for what another one lost', async (t) => {
  const { publish, go, archive, archived, rows, names } = await openArchiver(t)
  await publish(event('order', 1), event('page_view', 1))
  go(3 * HOUR)
  await archive()
  const [files, kept] = [await names(), await archived()]
  go(-3 * HOUR)
  await publish(event('order', 2), event('order', 3))
  go(3 * HOUR)
  await rows(
    `DELETE FROM dev_events_dataset.published_messages WHERE JSON_VALUE(attributes, '$.event_type') = 'page_view'`,
  )
  const message = /the record has 0 messages of output\/_others\/2026\/11\/29\/05\/07 now, and the archive 1/
  await t.rejects(archive(), { message })
  t.same(filesOf(await names()), filesOf(files))
  t.same(await archived(), kept)
})

t.test('what went does not hide behind what came into the same folder since', async (t) => {
  const { publish, go, archive, archived, rows, names } = await openArchiver(t)
  await publish(event('order', 1), event('order', 2))
  go(3 * HOUR)
  await archive()
  const [files, kept] = [await names(), await archived()]
  go(-3 * HOUR)
  await publish(event('order', 3), event('order', 4))
  go(3 * HOUR)
  const one = `JSON_VALUE(attributes, '$."ce-id"') = 'order-1'`
  await rows(`DELETE FROM dev_events_dataset.published_messages WHERE ${one}`)
  const message =
    /the archive has 1 messages of 2026-11-29T05 that the record has no longer, in output\/order/
  await t.rejects(archive(), { message })
  t.same(filesOf(await names()), filesOf(files))
  t.same(await archived(), kept)
})

t.test(
  'what a killed try left goes when its table has expired and its types have no folder any more',
  async (t) => {
    const { parts, publish, go, archive, archived, rows, names } = await openArchiver(t)
    await publish(event('order', 1), event('inventory', 1), event('page_view', 1))
    go(2 * HOUR)
    // a process that is killed cleans nothing up
    const killed = () => Promise.reject(new Error('killed'))
    Object.assign(parts.bucket, { delete: killed, remove: killed, publish: killed })
    await t.rejects(archive(), /killed/)
    for (const name of ['delete', 'remove', 'publish']) Reflect.deleteProperty(parts.bucket, name)
    const left = filesOf(await names())
    t.equal(left.length, 3)
    for (const { table } of await parts.record.tables()) await parts.record.drop(table)
    Object.assign(parts, { layout: { ...parts.layout, types: ['order'] } })
    go(3 * HOUR)
    await archive()
    const after = await names()
    t.same(
      left.filter((each) => after.includes(each)),
      [],
    )
    t.same(
      after.filter((each) => each.includes('_tries')),
      [],
    )
    t.same(await archived(), await rows(inRecord))
  },
)

t.test('a marker and a manifest whose answers get lost are there, and the files stay', async (t) => {
  const { cloud, publish, go, archive, archived, rows } = await openArchiver(t)
  await publish(event('order', 1), event('page_view', 1))
  go(2 * HOUR)
  cloud.faults.set({ rules: [{ on: 'objects.write', do: 'lose_answer', at: [1, 3] }] })
  t.match(await archive(), [{ hour: '2026-11-29T05', outcome: 'archived', messages: 2 }])
  t.same(await archived(), await rows(inRecord))
})

t.test('a file that another run may be about to name stays', async (t) => {
  const { bucket, publish, go, archive, names } = await openArchiver(t)
  await publish(event('order', 1))
  go(2 * HOUR)
  const others = 'output/order/2026/11/29/05/07/0123456789ab-000000000000.avro'
  await bucket.file(others).save('', { resumable: false })
  await archive()
  t.ok((await names()).includes(others))
})

t.test(
  'a try that is killed leaves an hour that is not archived; the next one archives it whole',
  async (t) => {
    // the process has the clock of this machine; what is published is of one hour, and its last minutes are not those of a slow test
    const hours = await openArchiver(t, (Math.floor(Date.now() / HOUR) - 4) * HOUR + 7 * 60_000)
    const { cloud, publish, go, archive, archived, rows, names } = hours
    await publish(event('order', 1), event('inventory', 1), event('page_view', 1))
    // staged, its keys copied, summed, and of its three folders one is a file
    cloud.faults.set({ rules: [{ on: 'bigquery.query', do: 'delay', ms: 60_000, at: [7] }] })
    const env = { ...process.env, ...cloud.environment, PROJECT_ID: PROJECT, LOG_LEVEL: 'error' }
    const archiver = spawn(process.execPath, ['services/archiver/src/job.ts'], { env, stdio: 'inherit' })
    const ended = once(archiver, 'exit')
    const cutShort = async () =>
      cloud.faults.injected().some(({ injected }) => injected > 0) && filesOf(await names()).length > 0
        ? true
        : undefined
    await poll(cutShort, { timeoutMs: 60_000, what: 'a try in its middle' })
    archiver.kill('SIGKILL')
    await ended
    cloud.faults.clear()
    const left = filesOf(await names())
    t.ok(left.length > 0 && left.length < 3, 'some files, and not all')
    t.same(
      (await names()).filter((name) => name.includes('_hours')),
      [],
    )
    await t.rejects(archived(), /nothing is archived/)
    go(4 * HOUR)
    const [first] = await archive()
    t.match(first, { outcome: 'archived', messages: 3 })
    t.same(await archived(), await rows(inRecord))
    const after = filesOf(await names())
    t.equal(after.length, 3)
    t.notOk(
      left.some((name) => after.includes(name)),
      'what the killed one left is gone',
    )
    const tables = 'SELECT table_name FROM dev_archive_dataset.INFORMATION_SCHEMA.TABLES'
    t.same(await rows(`${tables} WHERE table_name LIKE 'hour%'`), [])
  },
)
