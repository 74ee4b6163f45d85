import { createServer, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { createStorage } from '../../src/google/storage.ts'
import { cloudObjects } from '../../src/sources/cloud-objects.ts'

/** More than the buffers on the way hold. */
const CONTENT = Buffer.from(Array.from({ length: 400_000 }, (_, n) => `${n}\n`).join(''))
const CRC = 'AAAAAA=='

type Break = 'cut' | 'short' | 'unavailable' | 'reset' | 'wrong checksum'

/** Cloud Storage with one object, whose downloads go wrong so, one after the other; those behind them do not. */
async function storageWith(t: Test, breaks: readonly Break[]) {
  let next = 0
  const ranges: (string | undefined)[] = []
  const server = createServer((request, response) => {
    if (!request.url!.includes('alt=media')) {
      const size = String(CONTENT.length)
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ name: 'o', size, generation: '7' }))
      return
    }
    ranges.push(request.headers.range)
    answer(response, request.headers.range, breaks[next++])
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as { port: number }
  process.env['STORAGE_EMULATOR_HOST'] = `http://127.0.0.1:${port}`
  const [object] = await Array.fromAsync(cloudObjects('gs://a-bucket/o', createStorage('p')))
  return { object: object!, ranges }
}

function answer(response: ServerResponse, range: string | undefined, how: Break | undefined): void {
  const [, from = '0', to = String(CONTENT.length - 1)] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
  const wanted = CONTENT.subarray(Number(from), Number(to) + 1)
  if (how === 'reset') return void response.socket!.destroy()
  if (how === 'unavailable') return void response.writeHead(503).end('busy')
  if (how === 'wrong checksum') {
    response.setHeader('x-goog-stored-content-encoding', 'identity')
    response.setHeader('x-goog-hash', `crc32c=${CRC}`)
  }
  // without its length it comes in chunks, of which the last one says that it is the last
  if (how !== 'short') response.setHeader('content-length', wanted.length)
  response.writeHead(range === undefined ? 200 : 206)
  if (how === 'cut' || how === 'short')
    response.write(wanted.subarray(0, wanted.length >> 1), () => response.socket!.destroy())
  else response.end(wanted)
}

for (const how of ['cut', 'short', 'unavailable', 'reset'] as const)
  t.test(`a download that is ${how} goes on where it was`, { timeout: 480_000 }, async (t) => {
    const { object, ranges } = await storageWith(t, [how, how])
    t.ok(CONTENT.equals(await buffer(object.open())))
    t.equal(ranges[0], undefined, 'all of it, with its checksum')
    t.equal(ranges.length, 3)
    const isBegun = how === 'cut' || how === 'short'
    t.match(ranges[2], isBegun ? /^bytes=[1-9]\d*-2688889$/ : undefined)
    const again = await storageWith(t, [how])
    t.ok(CONTENT.subarray(5, 2_000_000).equals(await buffer(again.object.open({ start: 5, end: 2_000_000 }))))
  })

t.test('a small object that was cut comes whole', { timeout: 480_000 }, async (t) => {
  const { object, ranges } = await storageWith(t, ['wrong checksum', 'cut'])
  t.ok(CONTENT.equals(await object.whole!()))
  t.equal(ranges.length, 3)
})

t.test('one that comes with another checksum is damaged', async (t) => {
  const { object } = await storageWith(t, ['wrong checksum'])
  await t.rejects(buffer(object.open()), { rule: 'damaged', message: /^gs:\/\/a-bucket\/o: .*checksum/ })
})
