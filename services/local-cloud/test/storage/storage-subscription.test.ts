import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BigQuery } from '@google-cloud/bigquery'
import { PubSub, type CreateSubscriptionOptions, type Topic } from '@google-cloud/pubsub'
import { Storage } from '@google-cloud/storage'
import t, { type Test } from 'tap'
import { poll } from '../../../../scripts/poll.ts'
import { startLocalCloud } from '../../src/index.ts'

const START = Date.parse('2026-03-04T05:06:07Z')
const NAME = 'projects/p/subscriptions/to-files'
type Config = NonNullable<CreateSubscriptionOptions['cloudStorageConfig']>

async function open(t: Test, dataFolder?: string) {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  let offset = START - Date.now()
  const cloud = await startLocalCloud({
    now: () => Date.now() + offset,
    ...(dataFolder !== undefined && { dataFolder }),
  })
  const at = (port: number) => `http://127.0.0.1:${port}`
  const pubsub = new PubSub({ projectId: 'p', apiEndpoint: at(cloud.pubsubPort), emulatorMode: true })
  process.env['STORAGE_EMULATOR_HOST'] = at(cloud.storagePort)
  const storage = new Storage({ projectId: 'p' })
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: at(cloud.bigqueryPort) })
  let isOpen = true
  const close = async () => {
    if (!isOpen) return
    isOpen = false
    await pubsub.close()
    await cloud.close()
  }
  t.teardown(close)
  const bucket = storage.bucket('files')
  const names = async () => (await bucket.getFiles())[0].map(({ name }) => name)
  return {
    cloud,
    pubsub,
    bigquery,
    storage,
    bucket,
    names,
    close,
    go: (seconds: number) => {
      offset += seconds * 1000
    },
    /** Waits for files, while time goes on. */
    files: (count: number, seconds = 0) =>
      poll(
        async () => {
          const found = await names()
          if (found.length >= count) return found
          // a message may reach its file only after the clock was moved
          offset += seconds * 1000
          return undefined
        },
        { timeoutMs: 60_000, what: `${count} files` },
      ),
    text: async (name: string) => (await bucket.file(name).download())[0].toString(),
    open: () => cloud.backlog()[NAME],
    settled: () =>
      poll(() => (cloud.backlog()[NAME] === 0 ? true : undefined), {
        timeoutMs: 60_000,
        what: 'every message acknowledged',
      }),
  }
}

async function begin(cloud: Awaited<ReturnType<typeof open>>, config: Config) {
  await cloud.storage.createBucket('files')
  const [topic] = await cloud.pubsub.createTopic('events')
  const [subscription] = await topic.createSubscription('to-files', {
    cloudStorageConfig: { bucket: 'files', ...config },
  })
  return { topic, subscription }
}

async function publish(topic: Topic, ...texts: readonly string[]): Promise<string[]> {
  return Promise.all(texts.map((text) => topic.publishMessage({ data: Buffer.from(text) })))
}

t.test('text: a file when there are so many messages, acknowledged when it is there', async (t) => {
  const cloud = await open(t)
  const { topic } = await begin(cloud, {
    filenamePrefix: 'in/',
    filenameSuffix: '.json',
    filenameDatetimeFormat: 'YYYY/MM/DD/hh_mm_ssZ',
    maxMessages: 1000,
  })
  const texts = Array.from({ length: 1500 }, (_, n) => `{"n":${n}}`)
  await publish(topic, ...texts)
  const [name] = await cloud.files(1)
  t.match(name, /^in\/2026\/03\/04\/05_06_\d\dZ_[0-9a-f-]{36}\.json$/)
  const lines = (await cloud.text(name!)).split('\n')
  t.equal(lines.pop(), '')
  t.equal(lines.length, 1000)
  await poll(() => (cloud.open() === 500 ? true : undefined), { timeoutMs: 60_000, what: '500 still open' })
  t.equal((await cloud.names()).length, 1)
  const second = (await cloud.files(2, 30)).find((each) => each !== name)
  const all = [...lines, ...(await cloud.text(second!)).trimEnd().split('\n')]
  t.same(new Set(all), new Set(texts))
  t.equal(all.length, 1500)
  await cloud.settled()
})

t.test('a file when its first message is so old', async (t) => {
  const cloud = await open(t)
  const { topic } = await begin(cloud, { maxDuration: { seconds: 60 } })
  await publish(topic, 'one', 'two')
  // time goes on by itself, too
  cloud.go(40)
  await publish(topic, 'three')
  t.same(await cloud.names(), [])
  t.equal(cloud.open(), 3)
  const [name] = await cloud.files(1, 5)
  t.match(name, /^2026-03-04T05:0\d:\d\d\+00:00_/)
  t.same(new Set((await cloud.text(name!)).trimEnd().split('\n')), new Set(['one', 'two', 'three']))
  await cloud.settled()
})

t.test('a file when it has so many bytes; a message that is larger has one of its own', async (t) => {
  const cloud = await open(t)
  const { topic } = await begin(cloud, { maxBytes: 1024 })
  for (const text of ['a'.repeat(600), 'b'.repeat(600), 'c'.repeat(5000)]) await publish(topic, text)
  await cloud.files(2)
  const names = await cloud.files(3, 30)
  const sizes = await Promise.all(names.map(async (name) => (await cloud.text(name)).length - 1))
  t.same(
    sizes.toSorted((a, b) => a - b),
    [600, 600, 5000],
  )
  await cloud.settled()
})

t.test('Avro: the data, or what Pub/Sub knows beside it, as an external table reads them', async (t) => {
  const cloud = await open(t)
  const { topic } = await begin(cloud, { avroConfig: { writeMetadata: true } })
  const bytes = Buffer.from([0xff, 0x00, 0x0a])
  const id = await topic.publishMessage({ data: bytes, attributes: { b: '2', a: 'ä' } })
  const [plain] = await cloud.pubsub.createTopic('plain')
  await plain.createSubscription('plain', {
    cloudStorageConfig: { bucket: 'files', filenamePrefix: 'plain/', avroConfig: {} },
  })
  await plain.publishMessage({ data: bytes })
  await cloud.files(2, 30)
  const [dataset] = await cloud.bigquery.createDataset('d')
  const external = (name: string, uri: string) =>
    dataset.createTable(name, {
      externalDataConfiguration: {
        sourceFormat: 'AVRO',
        sourceUris: [uri],
        avroOptions: { useAvroLogicalTypes: true },
      },
    } as object)
  await external('metadata', 'gs://files/20*')
  await external('plain', 'gs://files/plain/*')
  const [[row]] = await cloud.bigquery.query(`SELECT subscription_name, message_id, data, attributes,
    TIMESTAMP_TRUNC(publish_time, MINUTE) = TIMESTAMP '2026-03-04 05:06:00+00' AS on_time FROM d.metadata`)
  t.match(row, { subscription_name: NAME, message_id: id, data: bytes, on_time: true })
  t.same(
    new Map(
      (row as { attributes: { key: string; value: string }[] }).attributes.map(({ key, value }) => [
        key,
        value,
      ]),
    ),
    new Map([
      ['a', 'ä'],
      ['b', '2'],
    ]),
  )
  const [rows] = await cloud.bigquery.query('SELECT * FROM d.plain')
  t.same(rows, [{ data: bytes }])
})

t.test('a bucket that is gone is waited for', async (t) => {
  const cloud = await open(t)
  const { topic } = await begin(cloud, { maxDuration: { seconds: 60 } })
  await cloud.bucket.delete()
  await publish(topic, 'early')
  cloud.go(61)
  await poll(() => (cloud.open() === 1 ? true : undefined), { timeoutMs: 60_000, what: 'the message kept' })
  await cloud.storage.createBucket('files')
  const found = async () => {
    cloud.go(61)
    const [name] = await cloud.names()
    return name
  }
  const name = await poll(found, { timeoutMs: 60_000, what: 'a file' })
  t.equal(await cloud.text(name), 'early\n')
  await cloud.settled()
})

t.test('what was in an open file when the process ended comes into another one', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'storage-subscription-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const first = await open(t, folder)
  const { topic } = await begin(first, {})
  await publish(topic, 'kept')
  await first.close()
  const second = await open(t, folder)
  t.equal(second.open(), 1)
  await poll(
    async () => {
      second.go(300)
      return (await second.names()).length > 0 ? true : undefined
    },
    { timeoutMs: 60_000, what: 'a file' },
  )
  t.equal(await second.text((await second.names())[0]!), 'kept\n')
  await second.settled()
})

t.test('a subscription is shown, changed, and not pulled from', async (t) => {
  const cloud = await open(t)
  const { topic, subscription } = await begin(cloud, { maxMessages: 2000, maxBytes: 4096 })
  const [shown] = await subscription.getMetadata()
  t.match(shown, {
    ackDeadlineSeconds: 300,
    cloudStorageConfig: {
      bucket: 'files',
      maxMessages: '2000',
      maxBytes: '4096',
      maxDuration: { seconds: '300' },
      state: 'ACTIVE',
    },
  })
  await publish(topic, 'before')
  await subscription.setMetadata({
    cloudStorageConfig: { bucket: 'files', filenamePrefix: 'new/', maxDuration: { seconds: 60 } },
  })
  await publish(topic, 'after')
  await poll(() => (cloud.open() === 2 ? true : undefined), { timeoutMs: 60_000, what: 'both messages' })
  const [name] = await cloud.files(1, 61)
  t.match(name, /^new\//)
  t.same(new Set((await cloud.text(name!)).trimEnd().split('\n')), new Set(['before', 'after']))
  const pulled = fetch(`http://127.0.0.1:${cloud.cloud.pubsubPort}/v1/${NAME}:pull`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"maxMessages":1}',
  })
  t.match(await (await pulled).json(), { error: { status: 'FAILED_PRECONDITION' } })
})

t.test('what breaks a rule is refused by its name', async (t) => {
  const cloud = await open(t)
  await cloud.storage.createBucket('files')
  const [topic] = await cloud.pubsub.createTopic('events')
  const wrong: readonly [object, RegExp][] = [
    [{ bucket: 'nope' }, /bucket not found: nope/],
    [{ maxDuration: { seconds: 30 } }, /max_duration 30s: it must be 1 to 10 minutes/],
    [{ maxBytes: 999 }, /max_bytes 999: it must be 1 KB to 10 GiB/],
    [{ maxMessages: 10 }, /max_messages 10: it must be at least 1000/],
    [{ filenameSuffix: 'x/' }, /filename_suffix x\/: it must not end with/],
    [{ filenameDatetimeFormat: 'YYYY YYYY' }, /filename_datetime_format "YYYY YYYY"/],
    [{ avroConfig: { useTopicSchema: true } }, /avroConfig.useTopicSchema/],
  ]
  for (const [config, message] of wrong) {
    const create = topic.createSubscription('to-files', {
      cloudStorageConfig: { bucket: 'files', ...config },
    })
    await t.rejects(create, { message }, JSON.stringify(config))
  }
  const tooLong = { ackDeadlineSeconds: 60, cloudStorageConfig: { bucket: 'files' } }
  await t.rejects(topic.createSubscription('to-files', tooLong), {
    message: /max_duration 300s: it may not exceed ack_deadline_seconds, which is 60/,
  })
  const both = { pushEndpoint: 'http://127.0.0.1:9', cloudStorageConfig: { bucket: 'files' } }
  await t.rejects(topic.createSubscription('to-files', both), { message: /Only one of/ })
})
