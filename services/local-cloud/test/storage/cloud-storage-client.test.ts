import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { Storage } from '@google-cloud/storage'
import t, { type Test } from 'tap'
import { startLocalCloud } from '../../src/index.ts'

const code = (expected: number) => ({ code: expected })
const GRAIN = 256 * 1024

async function open(t: Test) {
  const cloud = await startLocalCloud()
  Object.assign(process.env, cloud.environment)
  const storage = new Storage({ projectId: 'p', retryOptions: { autoRetry: false } })
  t.teardown(() => cloud.close())
  const [bucket] = await storage.createBucket('events')
  const save = (name: string, content: string | Buffer, options: object = {}) =>
    bucket.file(name).save(content, { resumable: false, ...options })
  return { cloud, storage, bucket, save, url: cloud.environment['STORAGE_EMULATOR_HOST']! }
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

t.test('streams: validated writes, ranges, what is gzip on its way', async (t) => {
  const { bucket, save } = await open(t)
  const content = randomBytes(3 * GRAIN + 17)
  for (const validation of ['crc32c', 'md5', false] as const) {
    const file = bucket.file(`validated-${validation}`)
    await pipeline(
      Readable.from([content.subarray(0, 1000), content.subarray(1000)]),
      file.createWriteStream({ validation }),
    )
    t.same(
      await bytesOf(file.createReadStream({ validation: validation === false ? false : 'crc32c' })),
      content,
    )
  }
  const chunked = bucket.file('chunked')
  await pipeline(Readable.from([content]), chunked.createWriteStream({ chunkSize: GRAIN, resumable: true }))
  t.same((await chunked.download())[0], content)
  t.same((await chunked.download({ start: 10, end: 19 }))[0], content.subarray(10, 20))
  t.same((await chunked.download({ start: content.length - 5 }))[0], content.subarray(-5))
  t.same((await chunked.download({ end: -7 }))[0], content.subarray(-7))
  t.same((await chunked.download({ start: 0, end: 0 }))[0], content.subarray(0, 1))
  await t.rejects(chunked.download({ start: content.length }), code(416))
  await save('empty', '')
  t.same((await bucket.file('empty').download())[0], Buffer.alloc(0))
  const text = 'text '.repeat(10_000)
  await save('packed.txt', text, { gzip: true, metadata: { contentType: 'text/plain' } })
  const packed = bucket.file('packed.txt')
  const [{ contentEncoding, size }] = await packed.getMetadata()
  t.equal(contentEncoding, 'gzip')
  t.ok(Number(size) < text.length / 10)
  t.equal((await packed.download())[0].toString(), text)
  t.equal(gunzipSync((await packed.download({ decompress: false }))[0]).toString(), text)
})

t.test('what is kept as gzip goes out as it is where its Cache-Control says no-transform', async (t) => {
  const { bucket, url } = await open(t)
  const packed = gzipSync('text')
  const metadata = { contentEncoding: 'gzip', cacheControl: 'public, no-transform' }
  await bucket.file('x').save(packed, { resumable: false, metadata })
  const answer = await fetch(`${url}/storage/v1/b/events/o/x?alt=media`, {
    headers: { 'accept-encoding': 'identity' },
  })
  t.equal(answer.headers.get('content-encoding'), 'gzip')
  t.equal(answer.headers.get('content-length'), String(packed.length))
})

t.test('an upload of chunks that is broken off goes on where it was, by the client itself', async (t) => {
  const { bucket } = await open(t)
  const content = randomBytes(4 * GRAIN + 5)
  const file = bucket.file('large')
  const [uri] = await file.createResumableUpload({ metadata: { contentType: 'x/y' } })
  const first = await fetch(uri, {
    method: 'PUT',
    body: content.subarray(0, 2 * GRAIN),
    headers: { 'content-range': `bytes 0-${2 * GRAIN - 1}/*` },
  })
  t.equal(first.status, 308)
  await pipeline(
    Readable.from([content.subarray(2 * GRAIN)]),
    file.createWriteStream({ uri, offset: 2 * GRAIN, resumeCRC32C: undefined, validation: false } as object),
  )
  t.same((await file.download())[0], content)
  t.equal((await file.getMetadata())[0].contentType, 'x/y')
})

t.test('each precondition of each call, as the client sends it', async (t) => {
  const { bucket, save } = await open(t)
  await save('a', 'one')
  const file = bucket.file('a')
  const [{ generation, metageneration }] = await file.getMetadata()
  await t.rejects(save('a', 'two', { preconditionOpts: { ifGenerationMatch: 0 } }), code(412))
  await t.rejects(save('a', 'two', { preconditionOpts: { ifGenerationNotMatch: generation } }), code(412))
  await t.rejects(save('a', 'two', { preconditionOpts: { ifMetagenerationMatch: 2 } }), code(412))
  await t.rejects(
    save('a', 'two', { preconditionOpts: { ifMetagenerationNotMatch: metageneration } }),
    code(412),
  )
  await t.rejects(file.delete({ ifGenerationMatch: 1 }), code(412))
  await t.rejects(file.setMetadata({ contentType: 'x/y' }, { ifMetagenerationMatch: 7 }), code(412))
  await t.rejects(file.getMetadata({ ifGenerationNotMatch: generation } as object), code(304))
  await t.rejects(file.copy('b', { preconditionOpts: { ifGenerationMatch: 5 } } as object), code(412))
  await t.rejects(bucket.combine(['a'], bucket.file('c'), { ifGenerationMatch: 5 }), code(412))
  await t.rejects(bucket.file('nope').delete(), code(404))
  t.equal((await bucket.file('nope').delete({ ignoreNotFound: true })).length, 1)
  await save('a', 'two', {
    preconditionOpts: { ifGenerationMatch: generation, ifMetagenerationMatch: metageneration },
  })
  await t.rejects(bucket.file('a', { generation: generation! }).download(), code(404))
  t.equal((await file.download())[0].toString(), 'two')
})

t.test('lists, as getFiles and deleteFiles go through them', async (t) => {
  const { bucket, save } = await open(t)
  const names = ['a', 'a/1', 'a/2/x.txt', 'a/2/y.json', 'b/1.txt', 'b/2.txt', 'ä', 'z']
  for (const name of names) await save(name, name)
  const listed = async (query: object) => (await bucket.getFiles(query))[0].map(({ name }) => name)
  t.same(await listed({}), ['a', 'a/1', 'a/2/x.txt', 'a/2/y.json', 'b/1.txt', 'b/2.txt', 'z', 'ä'])
  t.same(await listed({ maxResults: 3, autoPaginate: true }), await listed({}).then((all) => all.slice(0, 3)))
  const seen: string[] = []
  let query: object | null = { maxResults: 3, autoPaginate: false, delimiter: '/' }
  const prefixes: string[] = []
  while (query) {
    const [files, next, answer] = (await bucket.getFiles(query)) as unknown as [
      { name: string }[],
      object | null,
      { prefixes?: string[] },
    ]
    seen.push(...files.map(({ name }) => name))
    prefixes.push(...(answer.prefixes ?? []))
    query = next
  }
  t.same(seen, ['a', 'z', 'ä'])
  t.same(prefixes, ['a/', 'b/'])
  t.same(await listed({ startOffset: 'a/2', endOffset: 'b/2' }), ['a/2/x.txt', 'a/2/y.json', 'b/1.txt'])
  t.same(await listed({ matchGlob: '**/*.txt' }), ['a/2/x.txt', 'b/1.txt', 'b/2.txt'])
  t.same(await listed({ matchGlob: 'b/{1,3}.*' }), ['b/1.txt'])
  t.same(await listed({ prefix: 'a/', versions: true }), ['a/1', 'a/2/x.txt', 'a/2/y.json'])
  t.same(await listed({ prefix: 'a/', delimiter: '/' }), ['a/1'])
  await t.rejects(bucket.getFiles({ pageToken: 'no token' }), code(400))
  const streamed: string[] = []
  for await (const file of bucket.getFilesStream({ prefix: 'b/' }))
    streamed.push((file as { name: string }).name)
  t.same(streamed, ['b/1.txt', 'b/2.txt'])
  await bucket.deleteFiles({ prefix: 'a/' })
  t.same(await listed({}), ['a', 'b/1.txt', 'b/2.txt', 'z', 'ä'])
})

t.test('metadata, custom times and classes, patched and copied', async (t) => {
  const { bucket, save } = await open(t)
  await save('a', 'one', { metadata: { contentType: 'x/y', metadata: { k: 'v', l: 'w' } } })
  const file = bucket.file('a')
  await file.setMetadata({ metadata: { k: null, m: 'n' }, cacheControl: 'no-store' })
  t.match((await file.getMetadata())[0], {
    metadata: { l: 'w', m: 'n' },
    contentType: 'x/y',
    metageneration: 2,
  })
  await file.setMetadata({ customTime: '2026-01-02T03:04:05Z' })
  await t.rejects(file.setMetadata({ customTime: '2025-01-02T03:04:05Z' }), code(400))
  await file.setStorageClass('nearline')
  t.match((await file.getMetadata())[0], { storageClass: 'NEARLINE', customTime: /^2026-01-02T03:04:05/ })
  const [copied] = await file.copy(bucket.file('b'), { contentType: 'z/z', metadata: { only: 'this' } })
  t.match((await copied.getMetadata())[0], { contentType: 'z/z', metadata: { only: 'this' } })
  await file.rename('c')
  t.same(await file.exists(), [false])
  await bucket.combine(['b', 'c', 'b'], 'd')
  t.match((await bucket.file('d').getMetadata())[0], { componentCount: 3 })
  t.equal((await bucket.file('d').download())[0].toString(), 'oneoneone')
})

t.test('an object under a hold stays as it is until the hold is gone', async (t) => {
  const { bucket, save } = await open(t)
  for (const hold of ['temporaryHold', 'eventBasedHold'] as const) {
    const file = bucket.file(hold)
    await save(hold, 'kept', hold === 'temporaryHold' ? { metadata: { temporaryHold: true } } : {})
    if (hold === 'eventBasedHold') await file.setMetadata({ eventBasedHold: true })
    t.match((await file.getMetadata())[0], { [hold]: true })
    await t.rejects(file.delete(), code(403))
    await t.rejects(save(hold, 'other'), code(403))
    await t.rejects(bucket.file(hold).rename('elsewhere'), code(403))
    await save('source', 'x')
    await t.rejects(bucket.file('source').copy(file), code(403))
    await file.setMetadata({ contentType: 'a/b' })
    t.equal((await file.download())[0].toString(), 'kept')
    await file.setMetadata({ [hold]: false })
    await save(hold, 'other')
    await file.delete()
  }
})
