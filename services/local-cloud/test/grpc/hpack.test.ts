import assert from 'node:assert/strict'
import http2 from 'node:http2'
import net from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { Connection } from '../../src/grpc/connection.ts'
import { headerBlock, HeaderReader, type Headers } from '../../src/grpc/hpack.ts'

const NOTHING = { receive() {}, receiveEnd() {}, resume() {}, cancel() {} }

/** Headers as one connection of Node's own client sends them, request after request, as they are read here. */
async function sentOnOne(requests: readonly Headers[]): Promise<Headers[]> {
  const read: Headers[] = []
  const server = net.createServer((socket) => {
    const connection = new Connection(socket, {
      mostStreams: 100,
      ageMs: 60_000,
      graceMs: 60_000,
      open: (stream, headers) => {
        if (headers) read.push(headers)
        stream.end(headerBlock([[':status', '200']]))
        return NOTHING
      },
    })
    socket.on('error', () => connection.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const session = http2.connect(`http://127.0.0.1:${(server.address() as net.AddressInfo).port}`)
  try {
    for (const headers of requests) {
      const stream = session.request({ ':method': 'POST', ...headers }, { endStream: true })
      await new Promise<void>((resolve, reject) => {
        stream.on('error', reject)
        stream.on('close', resolve)
        stream.resume()
      })
    }
  } finally {
    session.destroy()
    server.close()
  }
  return read
}

const printable = (most: number) =>
  fc.string({
    unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)),
    maxLength: most,
  })
const name = fc.stringMatching(/^x-[a-z0-9-]{1,30}$/)
const headers = fc.dictionary(name, fc.oneof(printable(40), printable(3000)), { maxKeys: 8 })

t.test(
  'headers are read as Node’s own client meant them, however full the table of the connection is',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(headers, { minLength: 1, maxLength: 12 }), async (requests) => {
        const read = await sentOnOne(requests)
        const own = read.map((all) =>
          Object.fromEntries(Object.entries(all).filter(([key]) => key.startsWith('x-'))),
        )
        assert.deepEqual(
          own,
          requests.map((all) => ({ ...all })),
        )
        return own.length === requests.length
      }),
      { numRuns: 30 },
    )
  },
)

t.test('what the standard shows is read as it says', (t) => {
  // RFC 7541, appendix C.4: three requests of one connection
  const reader = new HeaderReader()
  const read = (hex: string) => ({ ...reader.read(Buffer.from(hex.replaceAll(' ', ''), 'hex')) })
  const first = { ':method': 'GET', ':scheme': 'http', ':path': '/', ':authority': 'www.example.com' }
  t.same(read('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff'), first)
  t.same(read('8286 84be 5886 a8eb 1064 9cbf'), { ...first, 'cache-control': 'no-cache' })
  t.same(read('8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf'), {
    ...first,
    ':scheme': 'https',
    ':path': '/index.html',
    'custom-key': 'custom-value',
  })
  t.end()
})

t.test('bytes that are no headers are told by an error, whatever they are', (t) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 10 }), (blocks) => {
      const reader = new HeaderReader()
      try {
        for (const block of blocks) reader.read(Buffer.from(block))
      } catch (error) {
        return error instanceof Error && /^(the headers|the table|a number|a text)/.test(error.message)
      }
      return true
    }),
    { numRuns: 2000 },
  )
  t.throws(() => new HeaderReader().read(Buffer.of(0x40, 0x81, 0xff)), /Huffman|middle/)
  t.throws(() => new HeaderReader().read(Buffer.of(0x3f, 0xe2, 0x1f)), /cannot have 4097 bytes/)
  t.throws(() => new HeaderReader().read(Buffer.of(0x80 | 62)), /no entry 62/)
  t.end()
})

t.test('a block that is written needs no table to be read', (t) => {
  fc.assert(
    fc.property(fc.dictionary(name, printable(300)), (all) => {
      const block = headerBlock(Object.entries(all))
      assert.deepEqual({ ...new HeaderReader().read(block) }, { ...all })
    }),
  )
  t.end()
})
