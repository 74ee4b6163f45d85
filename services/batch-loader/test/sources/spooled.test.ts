import { existsSync } from 'node:fs'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { findObjects } from '../../src/sources/index.ts'
import { readingOf } from '../formats/reading.ts'

const clients = (text: string | Buffer) => ({
  storage: undefined as never,
  warehouse: undefined as never,
  input: Readable.from([Buffer.from(text)]),
})

t.test(
  'standard input is read as often as a load needs, by its content, and leaves nothing behind',
  async (t) => {
    const lines = '{"a":1}\n{"a":2}\n'
    const [object] = await Array.fromAsync(findObjects(['-'], clients(gzipSync(lines))))
    t.equal(object!.uri, '-')
    for (let time = 0; time < 2; time++) t.same((await readingOf(object!)).values, ['{"a":1}', '{"a":2}'])
    const { path } = object!.open() as Readable & { path: string }
    t.ok(existsSync(path))
    await object!.close?.()
    t.notOk(existsSync(path))
  },
)

t.test('the same bytes are the same version of standard input', async (t) => {
  const versionOf = async (text: string) => {
    const [object] = await Array.fromAsync(findObjects(['-'], clients(text)))
    await object!.close?.()
    return object!.version
  }
  t.equal(await versionOf('{"a":1}'), await versionOf('{"a":1}'))
  t.not(await versionOf('{"a":1}'), await versionOf('{"a":2}'))
})

t.test('input that fails leaves nothing behind, and says why', async (t) => {
  const input = Readable.from(
    (function* () {
      yield Buffer.from('{"a":1}')
      throw new Error('the pipe broke')
    })(),
  )
  await t.rejects(
    Array.fromAsync(
      findObjects(['-'], { storage: undefined as never, warehouse: undefined as never, input }),
    ),
    /the pipe broke/,
  )
})

t.test('input for which there is no place says where it is kept', async (t) => {
  const before = process.env['TMPDIR']
  t.teardown(() => {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  })
  process.env['TMPDIR'] = '/dev/null/nowhere'
  await t.rejects(Array.fromAsync(findObjects(['-'], clients('{}'))), {
    rule: 'unreachable',
    message:
      /^-: it is read twice, and cannot be kept in \/dev\/null\/nowhere until then \(TMPDIR says where\): ENOTDIR/,
  } as object as Error)
})
