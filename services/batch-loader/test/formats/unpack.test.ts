import { gzipSync, zstdCompressSync } from 'node:zlib'
import t from 'tap'
import { readingOf, sourceOf } from './reading.ts'

const lines = (from: number, until: number) =>
  Array.from({ length: until - from }, (_, at) => `{"n":${from + at},"x":"${Math.sin(from + at)}"}\n`).join(
    '',
  )
const packers = { gzip: gzipSync, zstd: zstdCompressSync }

for (const [packing, pack] of Object.entries(packers)) {
  t.test(
    `${packing} is read, also several of them one behind the other, in whatever chunks they come`,
    async (t) => {
      const bytes = Buffer.concat([
        pack(lines(0, 100)),
        pack(lines(100, 1500)),
        pack(''),
        pack(lines(1500, 1503)),
      ])
      for (const size of [1, 7, 1000, 1 << 20]) {
        const { found, values } = await readingOf(sourceOf(bytes, size))
        t.equal(found.packing, packing)
        t.equal(
          values.map((each) => `${String(each)}\n`).join('') === lines(0, 1503),
          true,
          `chunks of ${size}`,
        )
      }
    },
  )

  t.test(`${packing} that ends too soon says so, behind the whole records before`, async (t) => {
    const bytes = pack(lines(0, 20_000))
    const { values, broken, error } = await readingOf(sourceOf(bytes.subarray(0, bytes.length - 50_000)))
    t.match(error, { rule: 'truncated', message: `test:source: its ${packing} ends too soon` })
    t.ok(values.length > 1000 && values.length < 20_000)
    t.same(broken, [], 'half a line is no record')
    t.equal(values.map((each) => `${String(each)}\n`).join(''), lines(0, values.length))
  })

  t.test(`${packing} with something else behind it or in it is damaged`, async (t) => {
    for (const size of [1, 100]) {
      const { values, error } = await readingOf(
        sourceOf(Buffer.concat([pack(lines(0, 10)), Buffer.from('{"more": 1}\n')]), size),
      )
      t.match(error, { rule: 'damaged' }, `chunks of ${size}`)
      t.ok(size > 1 || values.length === 10, 'what stands before is read')
    }
    const bytes = pack(lines(0, 20_000))
    bytes[bytes.length >> 1]! ^= 0xff
    t.match((await readingOf(sourceOf(bytes))).error, { rule: 'damaged' })
  })
}

t.test('behind gzip stand zeros up to the end of the file, or it is damaged', async (t) => {
  const [first, zeros, second] = [gzipSync(lines(0, 10)), Buffer.alloc(700), gzipSync(lines(10, 20))]
  for (const size of [1, 100, first.length, 1 << 16]) {
    const filled = await readingOf(sourceOf(Buffer.concat([first, zeros]), size))
    t.match(filled, { error: undefined, values: { length: 10 } }, `chunks of ${size}`)
    const { error } = await readingOf(sourceOf(Buffer.concat([first, zeros, second]), size))
    t.match(error, { rule: 'damaged', message: /something stands behind its end/ }, `chunks of ${size}`)
  }
})

t.test(
  'zstd that wants a larger window than there is memory for says so, and is not called damaged',
  async (t) => {
    // `{}` with a window of 256 MB
    const bytes = Buffer.from('28b52ffd00901100007b7d', 'hex')
    const error = await readingOf(sourceOf(bytes)).catch((caught: unknown) => caught)
    t.match(error, { rule: 'unknown', what: /window of more than 128 MB \(zstd --long=27\)/ })
  },
)

t.test('a small file that unpacks to a large one is read in little memory', async (t) => {
  const zeros = Buffer.alloc(200 << 20)
  for (const pack of [gzipSync, zstdCompressSync]) {
    const bytes = pack(Buffer.concat([Buffer.from('{"a":1}\n'), zeros]))
    const before = process.memoryUsage().rss
    const { values, broken } = await readingOf(sourceOf(bytes))
    t.same(values, ['{"a":1}'])
    t.match(broken, [{ rule: 'too_long', length: 200 << 20 }])
    t.ok(process.memoryUsage().rss - before < 150 << 20)
  }
})
