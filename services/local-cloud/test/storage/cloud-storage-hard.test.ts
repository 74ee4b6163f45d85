import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { gzipSync } from 'node:zlib'
import { Storage, type Bucket } from '@google-cloud/storage'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { cases, some } from '../../../../test/long-tests.ts'
import { startLocalCloud } from '../../src/index.ts'

const code = (expected: number) => ({ code: expected })

async function open(t: Test) {
  const cloud = await startLocalCloud()
  Object.assign(process.env, cloud.environment)
  const storage = new Storage({ projectId: 'p', retryOptions: { autoRetry: false } })
  t.teardown(() => cloud.close())
  const [bucket] = await storage.createBucket('hard')
  return { storage, bucket, url: cloud.environment['STORAGE_EMULATOR_HOST']! }
}

const save = (bucket: Bucket, name: string, text: string, resumable = false) =>
  bucket.file(name).save(text, { resumable })
const textOf = async (bucket: Bucket, name: string) => (await bucket.file(name).download())[0].toString()

/** An object of this name through everything that names objects in a path, a query or a body. */
async function roundTrip(bucket: Bucket, name: string): Promise<void> {
  const file = bucket.file(name)
  await save(bucket, name, 'in one request')
  await save(bucket, name, name, true)
  const [{ name: told, mediaLink }] = await file.getMetadata()
  const [listed] = await bucket.getFiles({ prefix: name })
  const [other, moved] = [`copy of ${name.slice(0, 300)}`, `${name.slice(0, 300)}.moved`]
  await file.copy(bucket.file(other))
  const linked = await fetch(mediaLink!).then((answer) => answer.text())
  const shown = await fetch(file.publicUrl()).then((answer) => answer.text())
  const all = [await textOf(bucket, name), await textOf(bucket, other), told, linked, shown]
  await file.moveFileAtomic(moved)
  all.push(await textOf(bucket, moved), listed.some((each) => each.name === name) ? name : '')
  await bucket.file(moved).delete()
  await bucket.file(other).delete()
  if (all.some((each) => each !== name)) throw new Error(`${JSON.stringify(name)}: ${JSON.stringify(all)}`)
}

const HARD_NAMES = [
  'a b',
  ' ',
  'ünï/日本語 😀',
  '#',
  'a#b',
  '?',
  'a?b=c',
  '%',
  '%2F',
  'a%20b',
  '/first',
  '//',
  'a//b',
  'last/',
  '+',
  'a+b&c=d',
  '[x]',
  '{y}',
  '*',
  `q'uote"s`,
  '\\',
  'a:b;c@d',
  '~',
  '..x',
  'a/../b',
  'a/./b',
  './c',
  'x'.repeat(1024),
  'é'.repeat(512),
  'control\u0001',
  '\u2028',
  '!$^`|<>',
  'b/o/x',
  'storage/v1/b',
]

t.test('every name that an object may have goes through all calls as it is', async (t) => {
  const { bucket } = await open(t)
  for (const name of some(HARD_NAMES, 12)) await t.resolves(roundTrip(bucket, name), name.slice(0, 20))
  const names = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((name) => !/[\r\n]/.test(name) && name !== '.' && name !== '..')
  await fc.assert(
    fc.asyncProperty(names, (name) => roundTrip(bucket, name)),
    { numRuns: cases(40) },
  )
  t.same((await bucket.getFiles())[0], [], 'nothing is left under another name')
})

t.test('names that an object may not have are refused', async (t) => {
  const { bucket } = await open(t)
  for (const name of [
    'y'.repeat(1025),
    'é'.repeat(513),
    '.',
    '..',
    'a\nb',
    'a\rb',
    '.well-known/acme-challenge/x',
  ])
    for (const resumable of [false, true])
      await t.rejects(save(bucket, name, 'x', resumable), code(400), JSON.stringify(name.slice(0, 20)))
})

t.test('the public address of an object shows it, its parts, and what there is not', async (t) => {
  const { bucket, url } = await open(t)
  const metadata = { contentType: 'text/x', cacheControl: 'no-store' }
  await bucket.file('a b/ü').save('0123456789', { resumable: false, metadata })
  const address = bucket.file('a b/ü').publicUrl()
  const whole = await fetch(address)
  t.same([whole.status, await whole.text()], [200, '0123456789'])
  t.equal(whole.headers.get('content-type'), 'text/x')
  t.equal(whole.headers.get('cache-control'), 'no-store')
  const head = await fetch(address, { method: 'HEAD' })
  t.same([head.status, head.headers.get('content-length'), await head.text()], [200, '10', ''])
  const part = await fetch(address, { headers: { range: 'bytes=2-4' } })
  t.same([part.status, await part.text()], [206, '234'])
  for (const [path, headers, status, error] of [
    ['/hard/nope', {}, 404, 'NoSuchKey'],
    ['/no-such-bucket/x', {}, 404, 'NoSuchBucket'],
    ['/hard/a%20b/%C3%BC', { range: 'bytes=10-' }, 416, 'InvalidRange'],
  ] as const) {
    const answer = await fetch(url + path, { headers })
    t.equal(answer.status, status)
    t.match(await answer.text(), `<Code>${error}</Code>`)
  }
})

t.test('a read that is asked of an ETag is answered where it fits', async (t) => {
  const { bucket, url } = await open(t)
  await save(bucket, 'x', 'text')
  const [{ etag }] = await bucket.file('x').getMetadata()
  const [{ etag: ofBucket }] = await bucket.getMetadata()
  const status = async (path: string, headers: Record<string, string>) =>
    (await fetch(`${url}/storage/v1/b/hard${path}`, { headers })).status
  for (const [path, own] of [
    ['/o/x', etag!],
    ['/o/x?alt=media', etag!],
    ['', ofBucket!],
  ] as const) {
    t.equal(await status(path, { 'if-match': own }), 200)
    t.equal(await status(path, { 'if-match': `"other", "${own}"` }), 200)
    t.equal(await status(path, { 'if-match': 'other' }), 412)
    t.equal(await status(path, { 'if-none-match': own }), 304)
    t.equal(await status(path, { 'if-none-match': `W/"${own}"` }), 304)
    t.equal(await status(path, { 'if-none-match': 'other' }), 200)
    t.equal(await status(path, { 'if-none-match': '*' }), 304)
  }
  t.equal(await status('?ifMetagenerationNotMatch=1', {}), 304)
  t.equal(await status('?ifMetagenerationMatch=2', {}), 412)
})

t.test('labels are what Google takes for labels', async (t) => {
  const { bucket } = await open(t)
  const keys = async () => Object.keys((await bucket.getLabels())[0] as object).toSorted()
  await bucket.setLabels({ team: 'data', größe_1: '', 'a-b': 'x'.repeat(63) })
  const wrong = [
    { A: 'b' },
    { a: 'B' },
    { '1a': 'b' },
    { '': 'b' },
    { a: 'x'.repeat(64) },
    { [`k${'x'.repeat(63)}`]: '' },
    { 'a b': '' },
    Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`k${n}`, ''])),
  ]
  for (const labels of wrong)
    await t.rejects(bucket.setLabels(labels), code(400), JSON.stringify(labels).slice(0, 30))
  t.same(await keys(), ['a-b', 'größe_1', 'team'])
  await bucket.deleteLabels('team')
  t.same(await keys(), ['a-b', 'größe_1'])
})

t.test(
  '50 MB in pieces: broken off and gone on with, and in a stream of chunks',
  { timeout: 480_000 },
  async (t) => {
    const { bucket } = await open(t)
    const content = randomBytes(50 << 20)
    const md5 = createHash('md5').update(content).digest('base64')
    const cut = 20 << 20
    const [uri] = await bucket.file('resumed').createResumableUpload()
    const put = (range: string, body?: Buffer) =>
      fetch(uri, {
        method: 'PUT',
        headers: { 'content-range': range },
        ...(body && { body: new Uint8Array(body) }),
      })
    t.equal((await put(`bytes 0-${cut - 1}/${content.length}`, content.subarray(0, cut))).status, 308)
    t.equal((await put(`bytes */${content.length}`)).headers.get('range'), `bytes=0-${cut - 1}`)
    const rest = bucket.file('resumed').createWriteStream({ uri, offset: cut, validation: false })
    await pipeline(Readable.from([content.subarray(cut)]), rest)
    const pieces = function* () {
      for (let at = 0; at < content.length; at += 1 << 20) yield content.subarray(at, at + (1 << 20))
    }
    const chunked = bucket.file('chunked').createWriteStream({ validation: 'crc32c', chunkSize: 8 << 20 })
    await pipeline(Readable.from(pieces()), chunked)
    for (const name of ['resumed', 'chunked']) {
      const [metadata] = await bucket.file(name).getMetadata()
      t.match(metadata, { size: String(content.length), md5Hash: md5 }, name)
      t.ok((await bucket.file(name).download())[0].equals(content), name)
    }
    await t.rejects(
      bucket.file('chunked').save('x', { preconditionOpts: { ifGenerationMatch: 0 } }),
      code(412),
    )
  },
)

t.test('more objects than a page holds come in pages, each once', { timeout: 480_000 }, async (t) => {
  const { bucket } = await open(t)
  const names = Array.from({ length: 1100 }, (_, n) => `day=${n % 3}/${String(n).padStart(4, '0')}.txt`)
  for (let at = 0; at < names.length; at += 50)
    await Promise.all(names.slice(at, at + 50).map((name) => save(bucket, name, name)))
  const listed = async (query: object) => (await bucket.getFiles(query))[0].map(({ name }) => name)
  t.same(await listed({}), names.toSorted())
  t.same(
    await listed({ prefix: 'day=1/', startOffset: 'day=1/05' }),
    names.filter((name) => name >= 'day=1/05' && name < 'day=2').toSorted(),
  )
  t.same(
    await listed({ matchGlob: 'day=[02]/*9.txt' }),
    names.filter((name) => /[02]\/\d+9\.txt/.test(name)).toSorted(),
  )
  const [none, , answer] = (await bucket.getFiles({ delimiter: '/', autoPaginate: false })) as unknown as [
    unknown[],
    unknown,
    { prefixes: string[] },
  ]
  t.same([none, answer.prefixes], [[], ['day=0/', 'day=1/', 'day=2/']])
})

t.test('no notifications there are, and what would not be done is refused by name', async (t) => {
  const { bucket } = await open(t)
  t.same((await bucket.getNotifications())[0], [])
  await t.rejects(bucket.createNotification('projects/p/topics/t'), {
    code: 501,
    message: /notificationConfigs/,
  })
  await t.rejects(bucket.lock(1), { code: 501, message: /lockRetentionPolicy/ })
  await save(bucket, 'x', 'text')
  const file = bucket.file('x')
  await t.rejects(file.restore({ generation: 1 }), { code: 501, message: /restore/ })
  await t.rejects(file.makePublic(), { code: 501, message: /acl/ })
  await t.rejects(bucket.getFiles({ softDeleted: true }), { code: 501, message: /softDeleted/ })
  const retention = { mode: 'Unlocked', retainUntilTime: '2040-01-01T00:00:00Z' }
  await t.rejects(file.setMetadata({ retention }), { code: 501, message: /object\.retention/ })
  const encrypted = bucket.file('y').setEncryptionKey(randomBytes(32))
  await t.rejects(encrypted.save('x', { resumable: false }), { code: 501, message: /x-goog-encryption/ })
  t.same(await file.exists(), [true])
})

t.test('bodies that are gzip on their way are kept as they were before', async (t) => {
  const { bucket, url } = await open(t)
  const bytes = randomBytes(1 << 20)
  const upload = `${url}/upload/storage/v1/b/hard/o`
  const zipped = (body: Buffer, headers: Record<string, string> = {}) => ({
    headers: { 'content-encoding': 'gzip', ...headers },
    body: gzipSync(body),
  })
  const kept = async (name: string) => (await bucket.file(name).download())[0]
  await t.test('in one request, with metadata beside it or without', async (t) => {
    await fetch(`${upload}?uploadType=media&name=media`, { method: 'POST', ...zipped(bytes) })
    t.ok(bytes.equals(await kept('media')))
    const head =
      '--b\r\ncontent-type: application/json\r\n\r\n{"name":"parts"}\r\n--b\r\ncontent-type: x/y\r\n\r\n'
    const related = Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--b--')])
    const type = { 'content-type': 'multipart/related; boundary=b' }
    await fetch(`${upload}?uploadType=multipart`, { method: 'POST', ...zipped(related, type) })
    t.ok(bytes.equals(await kept('parts')))
    t.equal((await bucket.file('parts').getMetadata())[0].contentEncoding, undefined)
  })
  await t.test('in pieces, whose ranges are of the bytes before', async (t) => {
    const [session] = await bucket.file('pieces').createResumableUpload()
    const half = 1 << 19
    const piece = (from: number, until: number) => {
      const range = { 'content-range': `bytes ${from}-${until - 1}/${2 * half}` }
      return fetch(session, { method: 'PUT', ...zipped(bytes.subarray(from, until), range) })
    }
    t.equal((await piece(0, half)).status, 308)
    // a body of no bytes is no gzip, and nobody needs it
    const headers = { 'content-encoding': 'gzip', 'content-range': 'bytes */*' }
    t.equal((await fetch(session, { method: 'PUT', headers })).status, 308)
    t.equal((await piece(half, 2 * half)).status, 200)
    t.equal((await fetch(session, { method: 'PUT', headers })).status, 200, 'of one that is done, too')
    t.ok(bytes.equals(await kept('pieces')))
  })
  await t.test('what is no gzip is told so, and other encodings are refused by name', async (t) => {
    const headers = { 'content-encoding': 'gzip' }
    const to = `${upload}?uploadType=media&name=bad`
    for (const body of ['no gzip', gzipSync(bytes).subarray(0, 1000)]) {
      const answer = await fetch(to, { method: 'POST', headers, body })
      t.equal(answer.status, 400)
      t.match(await answer.text(), /not gzip/)
    }
    const other = await fetch(to, { method: 'POST', headers: { 'content-encoding': 'br' }, body: 'x' })
    t.equal(other.status, 501)
    t.match(await other.text(), /Content-Encoding br/)
    t.same((await bucket.file('bad').exists())[0], false)
  })
})
