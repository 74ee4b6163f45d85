import { createHash, randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { Storage, type SaveOptions } from '@google-cloud/storage'
import t from 'tap'
import { startLocalCloud } from '../../src/index.ts'

/** Google's client finds local-cloud by its own variable. */
async function open(t: { teardown: (done: () => Promise<void>) => void }, prefix: '' | '/storage/v1' = '') {
  const cloud = await startLocalCloud()
  Object.assign(process.env, cloud.environment)
  // clients differ in whether they put the prefix themselves; this one does where it is told by option
  if (prefix !== '') delete process.env['STORAGE_EMULATOR_HOST']
  const apiEndpoint = cloud.environment['STORAGE_EMULATOR_HOST']!
  const storage = new Storage({ projectId: 'p', ...(prefix !== '' && { apiEndpoint }) })
  t.teardown(() => cloud.close())
  const [bucket] = await storage.createBucket('events')
  return { cloud, storage, bucket, url: apiEndpoint }
}

const code = (expected: number) => ({ code: expected })

for (const prefix of ['', '/storage/v1'] as const) {
  t.test(`an object is written, read and deleted (${prefix || 'no prefix'})`, async (t) => {
    const { storage, bucket } = await open(t, prefix)
    const file = bucket.file('a folder/ä&?#%.json')
    await file.save('{"n":1}', { resumable: false, metadata: { contentType: 'application/json' } })
    t.equal((await file.download())[0].toString(), '{"n":1}')
    const [metadata] = await file.getMetadata()
    t.match(metadata, {
      kind: 'storage#object',
      name: 'a folder/ä&?#%.json',
      bucket: 'events',
      contentType: 'application/json',
      size: '7',
      metageneration: '1',
      storageClass: 'STANDARD',
      md5Hash: createHash('md5').update('{"n":1}').digest('base64'),
      generation: /^\d{16}$/,
    })
    t.same(await file.exists(), [true])
    await file.delete()
    t.same(await file.exists(), [false])
    await t.rejects(file.download(), code(404))
    await t.rejects(storage.bucket('nope').file('x').download(), code(404))
  })
}

t.test(
  'CRC-32C and MD5 are those of the bytes: the client checks them, and a wrong one is refused',
  async (t) => {
    const { bucket } = await open(t)
    // RFC 3720, B.4: 32 bytes of zeroes
    await bucket.file('zeroes').save(Buffer.alloc(32), { resumable: false, validation: 'crc32c' })
    const [{ crc32c }] = await bucket.file('zeroes').getMetadata()
    t.equal(crc32c, Buffer.from('8a9136aa', 'hex').toString('base64'))
    const wrong = bucket.file('wrong')
    const save = wrong.save('x', {
      resumable: false,
      validation: false,
      metadata: { md5Hash: 'AAAA' },
    } as SaveOptions)
    await t.rejects(save, code(400))
    t.same(await wrong.exists(), [false])
  },
)

t.test('uploads in pieces: whole, in chunks, empty, and gone on with after a break', async (t) => {
  const { bucket, url } = await open(t)
  const content = randomBytes(3 * 256 * 1024 + 17)
  await bucket.file('whole').save(content, { resumable: true })
  await bucket.file('chunks').save(content, { resumable: true, chunkSize: 256 * 1024 })
  await bucket.file('empty').save('', { resumable: true })
  t.same((await bucket.file('whole').download())[0], content)
  t.same((await bucket.file('chunks').download())[0], content)
  t.equal((await bucket.file('empty').download())[0].length, 0)

  const [uri] = await bucket.file('broken').createResumableUpload({ metadata: { contentType: 'a/b' } })
  const put = (range: string, body: Uint8Array = new Uint8Array()) =>
    fetch(uri, { method: 'PUT', headers: { 'content-range': range }, body })
  const first = await put(`bytes 0-${300_000 - 1}/${content.length}`, content.subarray(0, 300_000))
  t.equal(first.status, 308)
  t.equal(first.headers.get('range'), `bytes=0-${256 * 1024 - 1}`, 'whole multiples of 256 KiB are kept')
  const asked = await put(`bytes */${content.length}`)
  t.equal(asked.headers.get('range'), first.headers.get('range'))
  const gap = await put(`bytes 400000-${content.length - 1}/${content.length}`, content.subarray(400_000))
  t.equal(gap.status, 400)
  t.match(await gap.text(), /exceeds already uploaded size of 262144/)
  const rest = await put(`bytes 262144-${content.length - 1}/${content.length}`, content.subarray(262_144))
  t.equal(rest.status, 200)
  t.match(await rest.json(), { name: 'broken', contentType: 'a/b', size: String(content.length) })
  t.equal((await put('bytes */*')).status, 200, 'the last answer may have got lost: it is given again')
  t.same((await bucket.file('broken').download())[0], content)

  const [cancelled] = await bucket.file('cancelled').createResumableUpload()
  t.equal((await fetch(cancelled, { method: 'DELETE' })).status, 499)
  t.equal((await fetch(cancelled, { method: 'PUT', body: 'x' })).status, 404)
  t.equal((await fetch(`${url}/upload/storage/v1/b/events/o`, { method: 'POST', body: 'x' })).status, 400)
})

t.test('parts of an object, and what is beyond its end', async (t) => {
  const { bucket } = await open(t)
  const file = bucket.file('digits')
  await file.save('0123456789', { resumable: false })
  t.equal((await file.download({ start: 2, end: 4 }))[0].toString(), '234')
  t.equal((await file.download({ start: 7 }))[0].toString(), '789')
  t.equal((await file.download({ end: -3 }))[0].toString(), '789')
  t.equal((await file.download({ start: 8, end: 100 }))[0].toString(), '89')
  await t.rejects(file.download({ start: 10 }), code(416))
})

t.test('what is kept as gzip comes as gzip to who takes it, and unpacked to others', async (t) => {
  const { bucket, url } = await open(t)
  await bucket.file('packed').save('text', { gzip: true, resumable: false, contentType: 'text/plain' })
  t.equal((await bucket.file('packed').download())[0].toString(), 'text')
  t.equal(gunzipSync((await bucket.file('packed').download({ decompress: false }))[0]).toString(), 'text')
  const plain = await fetch(`${url}/storage/v1/b/events/o/packed?alt=media`, {
    headers: { 'accept-encoding': 'identity' },
  })
  t.equal(plain.headers.get('content-encoding'), null)
  t.equal(await plain.text(), 'text')
})

t.test('lists: prefixes, delimiters, pages, offsets, in the order of bytes', async (t) => {
  const { bucket } = await open(t)
  const names = ['a/1', 'a/2', 'a/b/3', 'a.txt', 'b', 'c/', 'c/d', '\u{1f600}', '\uffee', 'Z']
  for (const name of names) await bucket.file(name).save('', { resumable: false })
  const list = async (query: object) => (await bucket.getFiles(query))[0].map(({ name }) => name)
  const inOrder = ['Z', 'a.txt', 'a/1', 'a/2', 'a/b/3', 'b', 'c/', 'c/d', '\uffee', '\u{1f600}']
  t.same(await list({}), inOrder)
  t.same(await list({ maxResults: 3, autoPaginate: true }), inOrder.slice(0, 3))
  t.same(await list({ prefix: 'a/' }), ['a/1', 'a/2', 'a/b/3'])
  t.same(await list({ startOffset: 'a/2', endOffset: 'c/' }), ['a/2', 'a/b/3', 'b'])
  const pages: unknown[] = []
  let pageToken: string | undefined
  do {
    const query = { delimiter: '/', maxResults: 2, autoPaginate: false, ...(pageToken && { pageToken }) }
    const [items, next, answer] = await bucket.getFiles(query)
    pages.push([items.map(({ name }) => name), (answer as { prefixes?: string[] }).prefixes ?? []])
    pageToken = (next as { pageToken?: string } | null)?.pageToken
  } while (pageToken !== undefined)
  t.same(pages, [
    [['Z', 'a.txt'], []],
    [['b'], ['a/']],
    [['\uffee'], ['c/']],
    [['\u{1f600}'], []],
  ])
  t.same(await list({ delimiter: '/', prefix: 'c/', includeTrailingDelimiter: true }), ['c/', 'c/d'])
  t.same(await list({ delimiter: '/', includeTrailingDelimiter: true, prefix: 'c' }), ['c/'])
  await t.rejects(bucket.getFiles({ pageToken: 'no token' }), code(400))
})

t.test('generations and preconditions', async (t) => {
  const { bucket } = await open(t)
  const file = bucket.file('once')
  const save = (text: string, preconditionOpts: object) =>
    file.save(text, { resumable: text.length > 3, preconditionOpts })
  await save('1', { ifGenerationMatch: 0 })
  await t.rejects(save('2', { ifGenerationMatch: 0 }), code(412))
  await t.rejects(save('long', { ifGenerationMatch: 0 }), code(412), 'uploads in pieces too')
  const [{ generation: first }] = await file.getMetadata()
  await save('3', { ifGenerationMatch: first })
  await t.rejects(save('4', { ifGenerationMatch: first }), code(412))
  t.equal((await file.download())[0].toString(), '3')
  const [{ generation: second }] = await file.getMetadata()
  t.ok(Number(second) > Number(first))
  await t.rejects(bucket.file('once', { generation: first! }).download(), code(404))
  t.equal((await bucket.file('once', { generation: second! }).download())[0].toString(), '3')
  await t.rejects(file.delete({ ifGenerationMatch: first! }), code(412))
  await t.rejects(file.setMetadata({ cacheControl: 'x' }, { ifMetagenerationMatch: 7 }), code(412))
  await file.delete({ ifGenerationMatch: second! })
  await t.rejects(save('5', { ifGenerationMatch: second }), code(412))
})

t.test('of many who write an object that is not there, one succeeds', async (t) => {
  const { bucket } = await open(t)
  const tries = Array.from({ length: 20 }, (_, index) =>
    bucket
      .file('manifest')
      .save(`${index}`, { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } }),
  )
  const outcomes = await Promise.allSettled(tries)
  const winners = outcomes.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []))
  t.equal(winners.length, 1)
  t.equal((await bucket.file('manifest').download())[0].toString(), `${winners[0]}`)
})

t.test('metadata is changed by its parts', async (t) => {
  const { bucket } = await open(t)
  const file = bucket.file('described')
  await file.save('x', {
    resumable: false,
    metadata: { contentType: 'a/b', metadata: { one: '1', two: '2' } },
  })
  await file.setMetadata({ cacheControl: 'no-cache', metadata: { two: null, three: '3' } })
  const [metadata] = await file.getMetadata()
  t.match(metadata, { contentType: 'a/b', cacheControl: 'no-cache', metageneration: '2' })
  t.same(metadata.metadata, { one: '1', three: '3' })
})

t.test('copies, moves, composed objects', async (t) => {
  const { storage, bucket } = await open(t)
  const [other] = await storage.createBucket('other-bucket')
  const source = bucket.file('source')
  await source.save('abc', { resumable: false, contentType: 'a/b', metadata: { metadata: { k: 'v' } } })
  const [copied] = await source.copy(other.file('target'))
  t.match((await copied.getMetadata())[0], { contentType: 'a/b', metadata: { k: 'v' } })
  await source.copy(bucket.file('cold'), { storageClass: 'COLDLINE' } as object)
  t.match((await bucket.file('cold').getMetadata())[0], { storageClass: 'COLDLINE', contentType: 'a/b' })
  await bucket.file('cold').move('warm')
  t.same(await bucket.file('cold').exists(), [false])
  await bucket.file('tail').save('def', { resumable: false })
  const [joined] = await bucket.combine(['source', 'tail', 'source'], 'joined')
  t.equal((await joined.download())[0].toString(), 'abcdefabc')
  const [metadata] = await joined.getMetadata()
  t.equal(metadata.componentCount, 3)
  t.equal(metadata.md5Hash, undefined)
  await t.rejects(bucket.combine(['source', 'nope'], 'never'), code(404))
})

t.test('buckets: names, labels, lifecycle; one that is not empty stays', async (t) => {
  const { storage, bucket } = await open(t)
  await t.rejects(storage.createBucket('events'), code(409))
  await t.rejects(storage.createBucket('Wrong_Name'), code(400))
  await storage.createBucket('second', { location: 'us-central1', storageClass: 'NEARLINE' })
  t.same(
    (await storage.getBuckets())[0].map(({ name }) => name),
    ['events', 'second'],
  )
  t.match((await storage.bucket('second').getMetadata())[0], {
    location: 'US-CENTRAL1',
    storageClass: 'NEARLINE',
  })
  await bucket.setLabels({ team: 'data' })
  await bucket.addLifecycleRule({
    action: { type: 'SetStorageClass', storageClass: 'COLDLINE' },
    condition: { age: 1 },
  })
  const [metadata] = await bucket.getMetadata()
  t.match(metadata, { labels: { team: 'data' }, metageneration: '3' })
  t.same(metadata.lifecycle?.rule?.[0]?.condition, { age: 1 })
  await bucket.file('x').save('x', { resumable: false })
  await t.rejects(bucket.delete(), code(409))
  await bucket.deleteFiles()
  await bucket.delete()
  t.same(await bucket.exists(), [false])
})

t.test('what is not done is refused by name', async (t) => {
  const { storage, bucket, url } = await open(t)
  await bucket.file('x').save('x', { resumable: false })
  await t.rejects(bucket.setMetadata({ versioning: { enabled: true } }), {
    code: 501,
    message: /bucket.versioning/,
  })
  await t.rejects(bucket.file('x').save('y', { public: true, resumable: false }), /predefinedAcl/)
  const signed = await fetch(`${url}/events/x?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature=00`)
  t.equal(signed.status, 501)
  t.match(await signed.json(), {
    error: { code: 501, errors: [{ reason: 'notImplemented' }], message: /signed URLs/ },
  })
  await t.rejects(storage.createHmacKey('a@b.iam.gserviceaccount.com'), code(501))
})

t.test('errors have the form of the API', async (t) => {
  const { url } = await open(t)
  const missing = await fetch(`${url}/storage/v1/b/events/o/nope`)
  t.equal(missing.status, 404)
  const message = 'No such object: events/nope'
  t.same(await missing.json(), {
    error: { code: 404, message, errors: [{ message, domain: 'global', reason: 'notFound' }] },
  })
  const wrong = await fetch(`${url}/storage/v1/b/events/o?maxResults=many`)
  t.match(await wrong.json(), { error: { code: 400, errors: [{ location: 'maxResults' }] } })
})
