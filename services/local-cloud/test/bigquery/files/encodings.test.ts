import { gzipSync } from 'node:zlib'
import t from 'tap'
import { readFiles } from '../../../src/bigquery/files/read-files.ts'
import { readOptions } from '../../../src/bigquery/files/read-options.ts'

const FIELDS = [{ name: 'text', type: 'STRING' }]

const BYTES: Readonly<Record<string, (text: string) => Buffer>> = {
  '': (text) => Buffer.from(text),
  'UTF-8': (text) => Buffer.from(text),
  'iso-8859-1': (text) => Buffer.from(text, 'latin1'),
  'UTF-16LE': (text) => Buffer.from(text, 'utf16le'),
  'UTF-16BE': (text) => Buffer.from(text, 'utf16le').swap16(),
}

t.test('CSV and JSON are read in the encoding that is said', async (t) => {
  for (const [encoding, bytes] of Object.entries(BYTES))
    for (const pack of [(plain: Buffer) => plain, gzipSync])
      for (const [sourceFormat, text] of [
        ['CSV', 'żółw é ü\nx\n'],
        ['NEWLINE_DELIMITED_JSON', '{"text":"żółw é ü"}\n{"text":"x"}\n'],
      ] as const) {
        const isLatin = encoding === 'iso-8859-1'
        const file = pack(bytes(isLatin ? text.replace('żółw', 'zolw') : text))
        const options = readOptions({ sourceFormat, ...(encoding !== '' && { encoding }) }, [], true)
        const { rows } = await readFiles([file], options, FIELDS)
        const first = isLatin ? 'zolw é ü' : 'żółw é ü'
        t.same([...rows], [{ text: first }, { text: 'x' }], `${sourceFormat} as ${encoding}`)
      }
})

t.test('what is packed twice is unpacked once, and no text', async (t) => {
  const options = readOptions({ sourceFormat: 'NEWLINE_DELIMITED_JSON' }, [], true)
  const { rows } = await readFiles([gzipSync(gzipSync('{"text":"x"}\n'))], options, FIELDS)
  t.throws(() => [...rows], /JSON parsing error in row starting at line 1/)
})

t.test('gzip that ends too soon is bad input, and no fault of the cloud', async (t) => {
  for (const sourceFormat of ['CSV', 'NEWLINE_DELIMITED_JSON']) {
    const whole = gzipSync('{"text":"x"}\n')
    const options = readOptions({ sourceFormat }, [], true)
    await t.rejects(readFiles([whole.subarray(0, whole.length - 9)], options, FIELDS), {
      reason: 'invalid',
      message: /the gzip of \d+ bytes cannot be unpacked: unexpected end of file/,
    })
  }
})

t.test('an encoding that is not supported is refused by name', (t) => {
  t.throws(
    () => readOptions({ sourceFormat: 'CSV', encoding: 'UTF-32BE' }, [], true),
    /the encoding UTF-32BE/,
  )
  t.end()
})
