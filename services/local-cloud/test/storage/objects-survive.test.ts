import { Storage } from '@google-cloud/storage'
import t from 'tap'
import { startLocalCloud } from '../../src/index.ts'
import { processesOf } from '../local-cloud-process.ts'

t.test('objects, what is said of them, and an upload in pieces outlive kill -9', async (t) => {
  const processes = processesOf(t)
  const first = await processes.start()
  const open = (apiEndpoint: string) => new Storage({ projectId: 'p', apiEndpoint }).bucket('kept')
  const bucket = open(first.storageUrl)
  await bucket.create()
  await bucket.setLabels({ a: 'b' })
  await bucket.file('deleted').save('x', { resumable: false })
  await bucket.file('twice').save('old', { resumable: false })
  await bucket.file('twice').save('new', { resumable: false, metadata: { metadata: { k: 'v' } } })
  await bucket.file('deleted').delete()
  const [before] = await bucket.file('twice').getMetadata()
  const [uri] = await bucket.file('pieces').createResumableUpload()
  const half = Buffer.alloc(256 * 1024, 'a')
  const headers = { 'content-range': `bytes 0-${half.length - 1}/${half.length * 2}` }
  t.equal((await fetch(uri, { method: 'PUT', headers, body: half })).status, 308)
  await first.kill('SIGKILL')

  const second = await processes.start()
  const again = open(second.storageUrl)
  t.same(
    (await again.getFiles())[0].map(({ name }) => name),
    ['twice'],
  )
  const [after] = await again.file('twice').getMetadata()
  const { selfLink: _, mediaLink: __, ...same } = before
  t.match(after, same)
  t.equal((await again.file('twice').download())[0].toString(), 'new')
  t.match((await again.getMetadata())[0].labels, { a: 'b' })
  const moved = uri.replace(new URL(uri).host, new URL(second.storageUrl).host)
  const rest = await fetch(moved, {
    method: 'PUT',
    headers: { 'content-range': `bytes ${half.length}-${half.length * 2 - 1}/${half.length * 2}` },
    body: half,
  })
  t.equal(rest.status, 200)
  t.equal((await again.file('pieces').download())[0].length, half.length * 2)
})

t.test('a lifecycle makes objects colder, and then they go', async (t) => {
  let now = Date.parse('2026-01-01T00:00:00Z')
  const cloud = await startLocalCloud({ now: () => now })
  t.teardown(() => cloud.close())
  const apiEndpoint = cloud.environment['STORAGE_EMULATOR_HOST']!
  const bucket = new Storage({ projectId: 'p', apiEndpoint }).bucket('ageing')
  await bucket.create()
  await bucket.setMetadata({
    lifecycle: {
      rule: [
        { action: { type: 'SetStorageClass', storageClass: 'COLDLINE' }, condition: { age: 2 } },
        { action: { type: 'Delete' }, condition: { age: 10, matchesPrefix: ['output/'] } },
      ],
    },
  })
  for (const name of ['output/x', 'kept']) await bucket.file(name).save('x', { resumable: false })
  const classes = async () =>
    (await bucket.getFiles())[0].map(({ name, metadata }) => [name, metadata.storageClass])
  now += 47 * 3600_000
  t.same(await classes(), [
    ['kept', 'STANDARD'],
    ['output/x', 'STANDARD'],
  ])
  now += 3600_000
  t.same(await classes(), [
    ['kept', 'COLDLINE'],
    ['output/x', 'COLDLINE'],
  ])
  now += 8 * 86_400_000
  t.same(await classes(), [['kept', 'COLDLINE']])
  const wrong = { rule: [{ action: { type: 'Delete' }, condition: { numNewerVersions: 3 } }] }
  await t.rejects(bucket.setMetadata({ lifecycle: wrong as object }), { message: /numNewerVersions/ })
})
