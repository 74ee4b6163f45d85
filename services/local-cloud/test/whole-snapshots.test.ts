import { BigQuery } from '@google-cloud/bigquery'
import { PubSub } from '@google-cloud/pubsub'
import t from 'tap'
import { askSnapshots } from '../src/cli/snapshot-command.ts'
import type { LocalCloud } from '../src/index.ts'
import { drain, message, openPubSub, temporaryFolder, type Opened, type Test } from './open-pubsub.ts'

interface Answer {
  readonly status: number
  readonly body: {
    readonly snapshots?: readonly { readonly name: string }[]
    readonly branches?: readonly { readonly name: string }[]
    readonly environment?: Readonly<Record<string, string>>
    readonly error?: { readonly message: string; readonly status: string }
  }
}

async function ask({ pubsubPort }: LocalCloud, method: string, path: string): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${pubsubPort}/local-cloud/${path}`, { method })
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

const bigqueryAt = (apiEndpoint: string) => new BigQuery({ projectId: 'p', apiEndpoint })
const bigqueryOf = ({ bigqueryPort }: LocalCloud) => bigqueryAt(`http://127.0.0.1:${bigqueryPort}`)

async function numbers(bigquery: BigQuery): Promise<number[]> {
  const [rows] = (await bigquery.query('SELECT n FROM d.t ORDER BY n')) as unknown as [{ n: number }[]]
  return rows.map(({ n }) => n)
}

/** A topic with one message, a table with one row, an object. */
async function filled(t: Test, options = {}): Promise<Opened & { bigquery: BigQuery }> {
  const opened = await openPubSub(t, { dataFolder: temporaryFolder(t), ...options })
  const { call, cloud } = opened
  const bigquery = bigqueryOf(cloud)
  await call('PUT', 'topics/topic')
  await call('PUT', 'subscriptions/sub', { topic: 'projects/p/topics/topic' })
  await call('POST', 'topics/topic:publish', { messages: [message('one')] })
  await bigquery.dataset('d').create()
  await bigquery.query('CREATE TABLE d.t (n INT64)')
  await bigquery
    .dataset('d')
    .table('t')
    .insert([{ n: 1 }])
  return { ...opened, bigquery }
}

for (const [title, options] of [
  ['four ports', {}],
  ['one port', { port: 0 }],
] as const)
  t.test(`what was saved comes back whole, on the same ports: ${title}`, async (t) => {
    const opened = await filled(t, options)
    const { cloud, call, bigquery } = opened
    t.match(await ask(cloud, 'PUT', 'snapshots/base'), {
      status: 200,
      body: { snapshots: [{ name: 'base' }] },
    })
    t.same(await numbers(bigquery), [1], 'to save disturbs nobody')
    t.same(await drain(opened, 'sub'), ['one'])
    await call('POST', 'topics/topic:publish', { messages: [message('two')] })
    await bigquery
      .dataset('d')
      .table('t')
      .insert([{ n: 2 }])
    await bigquery.query('CREATE TABLE d.other (n INT64)')
    await call('DELETE', 'subscriptions/sub')
    await ask(cloud, 'PUT', 'snapshots/later')

    for (let round = 0; round < 2; round++) {
      t.equal((await ask(cloud, 'POST', 'snapshots/base:restore')).status, 200)
      t.same(await numbers(bigquery), [1])
      await t.rejects(bigquery.query('SELECT * FROM d.other'), /Not found/)
      t.same(await drain(opened, 'sub'), ['one'], 'what was acked since is there again')
      await bigquery
        .dataset('d')
        .table('t')
        .insert([{ n: 3 }])
    }
    await ask(cloud, 'POST', 'snapshots/later:restore')
    t.same(await numbers(bigquery), [1, 2])
    t.equal((await call('GET', 'subscriptions/sub')).status, 404)
    await ask(cloud, 'DELETE', 'snapshots/base')
    t.match((await ask(cloud, 'GET', 'snapshots')).body.snapshots, [{ name: 'later' }])
  })

t.test('Google’s client goes on over a restore', async (t) => {
  const { cloud, pubsub, call } = await filled(t)
  const texts: string[] = []
  const subscription = pubsub.subscription('sub')
  const came = async (count: number) => {
    while (texts.length < count) await new Promise((resolve) => subscription.once('message', resolve))
  }
  subscription.on('message', (received) => {
    texts.push(received.data.toString())
    received.ack()
  })
  await ask(cloud, 'PUT', 'snapshots/base')
  await came(1)
  await ask(cloud, 'POST', 'snapshots/base:restore')
  await came(2)
  t.equal(texts[1], 'one', 'it is not acked in the snapshot')
  await call('POST', 'topics/topic:publish', { messages: [message('two')] })
  await came(3)
  t.ok(texts.includes('two'))
  await subscription.close()
})

t.test('a branch goes its own way beside the first one', async (t) => {
  const { cloud, bigquery } = await filled(t)
  await ask(cloud, 'PUT', 'snapshots/base')
  await bigquery
    .dataset('d')
    .table('t')
    .insert([{ n: 2 }])
  const branch = await ask(cloud, 'POST', 'snapshots/base:branch?name=worker-1')
  const { environment } = branch.body
  const other = bigqueryAt(environment!['BIGQUERY_EMULATOR_HOST']!)
  await other
    .dataset('d')
    .table('t')
    .insert([{ n: 7 }])
  t.same(await numbers(other), [1, 7])
  t.same(await numbers(bigquery), [1, 2])
  const apiEndpoint = `http://${environment!['PUBSUB_EMULATOR_HOST']}`
  const pubsub = new PubSub({ projectId: 'p', apiEndpoint, emulatorMode: true })
  t.ok((await pubsub.topic('topic').exists())[0])
  await pubsub.close()
  t.match((await ask(cloud, 'POST', 'snapshots/base:branch?name=worker-1')).body.error, {
    status: 'ALREADY_EXISTS',
  })
  t.match((await ask(cloud, 'GET', 'branches')).body.branches, [{ name: 'worker-1', environment }])
  t.same((await ask(cloud, 'DELETE', 'branches/worker-1')).body.branches, [])
  await t.rejects(fetch(environment!['BIGQUERY_EMULATOR_HOST']!))
})

t.test('what cannot be done with a snapshot is told', async (t) => {
  const { cloud } = await openPubSub(t)
  t.match((await ask(cloud, 'PUT', 'snapshots/base')).body.error, {
    status: 'FAILED_PRECONDITION',
    message: /start local-cloud with --data FOLDER/,
  })
  const kept = (await openPubSub(t, { dataFolder: temporaryFolder(t) })).cloud
  t.match(await ask(kept, 'POST', 'snapshots/nope:restore'), {
    status: 404,
    body: { error: { message: 'There is no snapshot "nope": there are none.' } },
  })
  for (const name of ['UP', '..', '.x', 'a%2Fb'])
    t.match(await ask(kept, 'PUT', `snapshots/${name}`), { status: /400|501/ }, name)
  t.match((await ask(kept, 'POST', 'snapshots/base:copy')).body.error, { message: /and not ":copy"/ })
})

t.test('the command asks the local-cloud that runs', async (t) => {
  const { cloud, bigquery } = await filled(t)
  const asked = (...words: readonly string[]) => askSnapshots([...words, '--port', String(cloud.pubsubPort)])
  t.match(JSON.parse(await asked('save', 'base')), { snapshots: [{ name: 'base' }] })
  await bigquery
    .dataset('d')
    .table('t')
    .insert([{ n: 2 }])
  const branch = JSON.parse(await asked('branch', 'base', 'other')) as Answer['body']
  t.same(await numbers(bigqueryAt(branch.environment!['BIGQUERY_EMULATOR_HOST']!)), [1])
  await asked('end', 'other')
  await asked('restore', 'base')
  t.same(await numbers(bigquery), [1])
  t.same(JSON.parse(await asked('delete', 'base')), { snapshots: [] })
  t.match(await asked('-h'), /^usage: local-cloud snapshot/)
  await t.rejects(asked('restore', 'base'), { message: /There is no snapshot "base"/ })
  await t.rejects(asked('rename', 'base'), { message: /takes list, save, .* but is "rename base"/ })
  await t.rejects(askSnapshots(['list', '--port', '1']), { message: /nobody answers on 127\.0\.0\.1:1/ })
})
