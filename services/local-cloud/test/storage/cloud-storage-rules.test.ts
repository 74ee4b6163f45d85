import { createHash, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { Storage, type Bucket } from '@google-cloud/storage'
import t, { type Test } from 'tap'
import { poll } from '../../../../scripts/poll.ts'
import { startLocalCloud } from '../../src/index.ts'

const GRAIN = 256 * 1024
const code = (expected: number) => ({ code: expected })

async function open(t: Test) {
  const cloud = await startLocalCloud()
  Object.assign(process.env, cloud.environment)
  const storage = new Storage({ projectId: 'p' })
  t.teardown(() => cloud.close())
  const [bucket] = await storage.createBucket('events')
  return { storage, bucket, url: cloud.environment['STORAGE_EMULATOR_HOST']! }
}

const save = (bucket: Bucket, name: string, text = name) => bucket.file(name).save(text, { resumable: false })
const textOf = async (bucket: Bucket, name: string) => (await bucket.file(name).download())[0].toString()

/** A PUT of an upload in pieces. */
function put(uri: string, range: string, body?: Uint8Array, headers: Record<string, string> = {}) {
  return fetch(uri, {
    method: 'PUT',
    headers: { 'content-range': range, ...headers },
    body: body ?? new Uint8Array(),
  })
}

/** Sends a part of a piece, and hangs up. */
async function putAndHangUp(uri: string, range: string, length: number, sent: Uint8Array): Promise<void> {
  const call = request(uri, { method: 'PUT', headers: { 'content-range': range, 'content-length': length } })
  const gone = new Promise<void>((resolve) => call.on('error', () => resolve()).on('close', resolve))
  await new Promise<void>((resolve) => call.write(sent, () => resolve()))
  call.destroy()
  await gone
}

t.test('an upload in pieces outlives a caller who hangs up, and takes what overlaps once', async (t) => {
  const { bucket } = await open(t)
  const content = randomBytes(4 * GRAIN + 100)
  const total = content.length
  const [uri] = await bucket.file('x').createResumableUpload()
  await putAndHangUp(uri, `bytes 0-${total - 1}/${total}`, total, content.subarray(0, 2 * GRAIN + 50_000))
  const kept = await poll(
    async () => {
      const asked = await put(uri, `bytes */${total}`)
      await asked.body?.cancel()
      const end = /bytes=0-(\d+)/.exec(asked.headers.get('range') ?? '')?.[1]
      return asked.status === 308 && end !== undefined ? Number(end) + 1 : undefined
    },
    { timeoutMs: 60_000, what: 'whole multiples of 256 KiB' },
  )
  t.equal(kept % GRAIN, 0)
  t.ok(kept > 0 && kept <= 2 * GRAIN)
  const gap = await put(uri, `bytes ${kept + 1}-${total - 1}/${total}`, content.subarray(kept + 1))
  t.equal(gap.status, 400)
  const other = await put(
    uri,
    `bytes ${kept}-${total}/${total + 1}`,
    Buffer.concat([content.subarray(kept), Buffer.from('x')]),
  )
  t.equal(other.status >= 200 && other.status < 300, true, 'the size was not said in the beginning')
  const [uri2] = await bucket.file('y').createResumableUpload()
  t.equal((await put(uri2, `bytes 0-${GRAIN - 1}/${total}`, content.subarray(0, GRAIN))).status, 308)
  const half = GRAIN / 2
  t.equal((await put(uri2, `bytes ${half}-${total - 1}/${total}`, content.subarray(half))).status, 200)
  t.ok((await bucket.file('y').download())[0].equals(content))
})

t.test('a piece is taken whatever type its body is said to be of', async (t) => {
  const { bucket } = await open(t)
  for (const type of ['', 'None', 'x', 'a/b/c', 'text/plain; charset']) {
    const [uri] = await bucket.file('x').createResumableUpload()
    const answer = await put(uri, 'bytes 0-4/5', Buffer.from('hello'), { 'content-type': type })
    t.equal(answer.status, 200, `"${type}"`)
    t.equal(await textOf(bucket, 'x'), 'hello')
  }
})

t.test('a size that was said in the beginning holds, and a piece is as long as it says', async (t) => {
  const { bucket, url } = await open(t)
  const begun = await fetch(`${url}/upload/storage/v1/b/events/o?uploadType=resumable&name=sized`, {
    method: 'POST',
    headers: { 'x-upload-content-length': '10' },
  })
  const uri = begun.headers.get('location')!
  t.equal((await put(uri, 'bytes 0-19/20', Buffer.alloc(20))).status, 400)
  t.equal((await put(uri, 'bytes 0-9/10', Buffer.alloc(4))).status, 400)
  t.equal((await put(uri, 'bytes 9-0/10', Buffer.alloc(1))).status, 400)
  t.equal((await put(uri, 'bytes a-b/c')).status, 400)
  t.equal((await put(uri, 'bytes 0-9/10', Buffer.alloc(10))).status, 200)
  t.equal((await bucket.file('sized').getMetadata())[0].size, '10')
})

t.test(
  'an upload in pieces with wrong hashes, or whose precondition fails at its end, makes no object',
  async (t) => {
    const { bucket } = await open(t)
    const wrong = createHash('md5').update('other').digest('base64')
    const [uri] = await bucket.file('hashed').createResumableUpload({ metadata: { md5Hash: wrong } })
    t.equal((await put(uri, 'bytes 0-3/4', Buffer.from('text'))).status, 400)
    const [second] = await bucket.file('hashed').createResumableUpload()
    const hashes = { 'x-goog-hash': 'crc32c=AAAAAA==' }
    t.equal((await put(second, 'bytes 0-3/4', Buffer.from('text'), hashes)).status, 400)
    t.same(await bucket.file('hashed').exists(), [false])
    const [third] = await bucket
      .file('late')
      .createResumableUpload({ preconditionOpts: { ifGenerationMatch: 0 } })
    await save(bucket, 'late', 'first')
    t.equal((await put(third, 'bytes 0-3/4', Buffer.from('text'))).status, 412)
    t.equal(await textOf(bucket, 'late'), 'first')
    const [fourth] = await bucket.file('whole').createResumableUpload()
    t.equal(
      (await fetch(fourth, { method: 'PUT', body: 'text' })).status,
      200,
      'without a range it is all of it',
    )
  },
)

t.test('ranges: suffixes, what is beyond, what is none', async (t) => {
  const { bucket, url } = await open(t)
  await save(bucket, 'digits', '0123456789')
  const read = async (range: string) => {
    const answer = await fetch(`${url}/storage/v1/b/events/o/digits?alt=media`, { headers: { range } })
    return [answer.status, await answer.text(), answer.headers.get('content-range')]
  }
  t.same(await read('bytes=-4'), [206, '6789', 'bytes 6-9/10'])
  t.same(await read('bytes=-40'), [206, '0123456789', 'bytes 0-9/10'])
  t.same(await read('bytes=9-'), [206, '9', 'bytes 9-9/10'])
  t.equal((await read('bytes=10-'))[0], 416)
  t.same((await read('lines=1-2')).slice(0, 2), [200, '0123456789'])
})

t.test('preconditions of every change', async (t) => {
  const { bucket } = await open(t)
  await save(bucket, 'a')
  const file = bucket.file('a')
  const [{ generation }] = await file.getMetadata()
  const at = Number(generation)
  await t.rejects(file.setMetadata({ metadata: { k: 'v' } }, { ifMetagenerationMatch: 7 }), code(412))
  await file.setMetadata({ metadata: { k: 'v' } }, { ifMetagenerationMatch: 1, ifGenerationMatch: at })
  t.match((await file.getMetadata())[0], { metageneration: '2', metadata: { k: 'v' } })
  await t.rejects(file.delete({ ifGenerationMatch: at + 1 }), code(412))
  await t.rejects(file.delete({ ifMetagenerationNotMatch: 2 }), code(412))
  await t.rejects(file.copy('b', { preconditionOpts: { ifGenerationMatch: 5 } }), code(412))
  await file.copy('b', { preconditionOpts: { ifGenerationMatch: 0 } })
  await t.rejects(file.copy('b', { preconditionOpts: { ifGenerationMatch: 0 } }), code(412))
  await t.rejects(bucket.combine(['a', 'b'], bucket.file('b'), { ifGenerationMatch: 0 }), code(412))
  await t.rejects(bucket.file('a', { generation: at + 1 }).download(), code(404))
  await t.rejects(bucket.file('a', { generation: at + 1 }).delete(), code(404))
  await bucket.file('a', { generation: at }).delete()
  await t.rejects(bucket.file('a').delete(), code(404))
  await bucket.file('a').delete({ ignoreNotFound: true })
})

t.test('composed of others, as their order is, or not at all', async (t) => {
  const { bucket, url } = await open(t)
  for (const name of ['1', '2', '3']) await save(bucket, name)
  await bucket.combine(['2', '1', '2'], bucket.file('together'))
  t.equal(await textOf(bucket, 'together'), '212')
  const [metadata] = await bucket.file('together').getMetadata()
  t.match(metadata, { componentCount: 3, size: '3' })
  t.equal('md5Hash' in metadata, false)
  await bucket.combine(['together', '3'], bucket.file('together'))
  t.equal(await textOf(bucket, 'together'), '2123', 'of itself, too')
  t.equal((await bucket.file('together').getMetadata())[0].componentCount, 4)
  await t.rejects(bucket.combine(['1', 'nope'], bucket.file('none')), code(404))
  t.same(await bucket.file('none').exists(), [false])
  const compose = async (sourceObjects: object[]) => {
    const answer = await fetch(`${url}/storage/v1/b/events/o/many/compose`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sourceObjects, destination: { contentType: 'a/b' } }),
    })
    return answer.status
  }
  t.equal(await compose(Array.from({ length: 33 }, () => ({ name: '1' }))), 400)
  t.equal(await compose(Array.from({ length: 32 }, () => ({ name: '1' }))), 200)
  t.equal(await compose([{ name: '1', objectPreconditions: { ifGenerationMatch: '5' } }]), 412)
  t.equal(await compose([{ name: '1', generation: '5' }]), 404)
  const unset = { generation: null, objectPreconditions: { ifGenerationMatch: null } }
  t.equal(await compose([{ name: '1', ...unset }]), 200, 'null is what nobody has set')
})

t.test('copies, renames and moves take what is said of the object with them', async (t) => {
  const { bucket, storage } = await open(t)
  const metadata = { contentType: 'a/b', cacheControl: 'no-store', metadata: { k: 'v' } }
  await bucket.file('from').save('text', { resumable: false, metadata })
  const [other] = await storage.createBucket('other')
  await bucket.file('from').copy(other.file('to'))
  t.match((await other.file('to').getMetadata())[0], metadata)
  await bucket.file('from').copy(other.file('said'), { contentType: 'c/d' })
  const [said] = await other.file('said').getMetadata()
  t.match(said, { contentType: 'c/d' })
  t.equal(said.cacheControl, undefined, 'what is said anew is said wholly')
  await bucket.file('from').moveFileAtomic('moved')
  t.match((await bucket.file('moved').getMetadata())[0], metadata)
  t.same(await bucket.file('from').exists(), [false])
  await bucket.file('moved').rename('renamed')
  t.equal(await textOf(bucket, 'renamed'), 'text')
  await t.rejects(bucket.file('moved').move('x'), code(404))
  await t.rejects(bucket.file('renamed').copy(storage.bucket('nope').file('x')), code(404))
})

t.test('lists: what a glob, a version and a part of the fields mean', async (t) => {
  const { bucket, url } = await open(t)
  const names = ['a/1.txt', 'a/2.csv', 'a/b/3.txt', 'c{1}', 'd-1', 'd-2', 'd-x']
  for (const name of names) await save(bucket, name)
  const list = async (query: object) => (await bucket.getFiles(query))[0].map(({ name }) => name)
  t.same(await list({ matchGlob: 'a/*.txt' }), ['a/1.txt'])
  t.same(await list({ matchGlob: '**.txt' }), ['a/1.txt', 'a/b/3.txt'])
  t.same(await list({ matchGlob: 'a/**/?.txt' }), ['a/1.txt', 'a/b/3.txt'])
  t.same(await list({ matchGlob: 'a/?.{txt,csv}' }), ['a/1.txt', 'a/2.csv'])
  t.same(await list({ matchGlob: 'd-[!0-9]' }), ['d-x'])
  await t.rejects(list({ matchGlob: 'a[' }), code(400))
  await save(bucket, 'd-1', 'again')
  t.same(await list({ versions: true, prefix: 'd-1' }), ['d-1'], 'there are no older ones')
  t.same(await list({ prefix: 'nothing' }), [])
  const part = async (path: string) => {
    const answer = await fetch(`${url}/storage/v1/b/events${path}`)
    return [answer.status, await answer.json()] as const
  }
  t.same(await part('/o?prefix=d-&fields=items(name),nextPageToken&maxResults=1'), [
    200,
    { items: [{ name: 'd-1' }], nextPageToken: Buffer.from('d-1').toString('base64') },
  ])
  t.same(await part('/o/d-2?fields=name,size'), [200, { name: 'd-2', size: '3' }])
  t.same(await part('?fields=name,iamConfiguration/uniformBucketLevelAccess/enabled'), [
    200,
    { name: 'events', iamConfiguration: { uniformBucketLevelAccess: { enabled: true } } },
  ])
  t.match(await part('/o?fields=items(name'), [400, { error: { message: /Invalid field selection/ } }])
  t.match(await part('/o/nope?fields=name'), [404, { error: { code: 404 } }])
})

t.test(
  'what is said of an object: by its parts, within its limits, and a custom time that goes forward',
  async (t) => {
    const { bucket } = await open(t)
    const customTime = '2026-01-02T00:00:00Z'
    await bucket.file('a').save('x', {
      resumable: false,
      metadata: { customTime, cacheControl: 'no-cache', metadata: { a: '1', b: '2' } },
    })
    const file = bucket.file('a')
    await file.setMetadata({ metadata: { a: null, c: '3' }, cacheControl: null } as never)
    const [after] = await file.getMetadata()
    t.same(after.metadata, { b: '2', c: '3' })
    t.equal(after.cacheControl, undefined)
    t.equal(Date.parse(after['customTime'] as string), Date.parse(customTime))
    await t.rejects(file.setMetadata({ customTime: '2026-01-01T00:00:00Z' }), code(400))
    await t.rejects(file.setMetadata({ customTime: null } as never), code(400))
    await file.setMetadata({ customTime: '2026-01-03T00:00:00Z' })
    await t.rejects(file.setMetadata({ metadata: { long: 'x'.repeat(8193) } }), code(400))
    await t.rejects(file.setMetadata({ contentType: 5 } as never), code(400))
  },
)

t.test('options of a bucket are kept, or refused by their name', async (t) => {
  const { bucket, storage, url } = await open(t)
  await bucket.setMetadata({
    labels: { team: 'a' },
    iamConfiguration: { publicAccessPrevention: 'enforced' },
    lifecycle: {
      rule: [
        {
          action: { type: 'SetStorageClass', storageClass: 'coldline' },
          condition: { daysSinceCustomTime: 3 },
        },
      ],
    },
    rpo: 'DEFAULT',
  })
  t.match((await bucket.getMetadata())[0], {
    labels: { team: 'a' },
    iamConfiguration: { publicAccessPrevention: 'enforced', uniformBucketLevelAccess: { enabled: true } },
    lifecycle: { rule: [{ action: { storageClass: 'COLDLINE' }, condition: { daysSinceCustomTime: 3 } }] },
    rpo: 'DEFAULT',
  })
  await bucket.setMetadata({ labels: { team: null } })
  t.equal((await bucket.getMetadata())[0].labels, undefined)
  await t.rejects(
    bucket.setMetadata({ iamConfiguration: { publicAccessPrevention: 'sometimes' } }),
    code(400),
  )
  await t.rejects(bucket.setMetadata({ rpo: 'SOON' }), code(400))
  const refused: Record<string, unknown> = {
    versioning: { enabled: true },
    cors: [{ origin: ['*'], method: ['GET'] }],
    website: { mainPageSuffix: 'index.html' },
    logging: { logBucket: 'x' },
    retentionPolicy: { retentionPeriod: '60' },
    encryption: { defaultKmsKeyName: 'k' },
    defaultEventBasedHold: true,
    billing: { requesterPays: true },
    autoclass: { enabled: true },
    hierarchicalNamespace: { enabled: true },
    ipFilter: { mode: 'Enabled' },
    acl: [{ entity: 'allUsers', role: 'READER' }],
    nonsense: 1,
  }
  for (const [option, value] of Object.entries(refused)) {
    await t.rejects(
      bucket.setMetadata({ [option]: value }),
      { code: 501, message: new RegExp(option) },
      option,
    )
    await t.rejects(
      storage.createBucket(`with-${option.toLowerCase()}`, { [option]: value } as never),
      code(501),
      option,
    )
  }
  const calls: readonly [string, string, RegExp][] = [
    ['GET', '/events', /GET \/events/],
    ['POST', '/events/x', /POST \/events\/x/],
    ['GET', '/storage/v1/nonsense', /GET \/storage\/v1\/nonsense/],
    ['GET', '/events/x?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature=00', /signed URLs/],
    ['PUT', '/events/x?x-goog-signature=00', /signed URLs/],
    ['GET', '/events/x?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00', /signed URLs/],
    ['GET', '/events/x?AWSAccessKeyId=a&Expires=1&Signature=00', /signed URLs/],
    ['GET', '/events/x?GoogleAccessId=a&Expires=1&Signature=b', /signed URLs/],
    ['POST', '/storage/v1/b?project=p&enableObjectRetention=true', /enableObjectRetention/],
    ['GET', '/storage/v1/b/events/acl', /acl/],
    ['POST', '/batch/storage/v1', /batch/],
    ['GET', '/storage/v1/b/events/o?softDeleted=true', /softDeleted/],
  ]
  for (const [method, path, message] of calls) {
    const answer = await fetch(url + path, {
      method,
      ...(method === 'POST' && { body: '{"name":"retained"}' }),
    })
    t.equal(answer.status, 501, path)
    t.match(await answer.text(), message, path)
  }
})
