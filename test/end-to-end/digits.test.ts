import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { decimal, readLossless, type Lossless } from '../lossless-json.ts'
import { settled, startPipeline } from './pipeline.ts'
import { readTable, type StoredRow, type StoredValue } from './read-table.ts'

/** Numbers, and the type of the column that they get. */
const NUMBERS: readonly (readonly [text: string, type: string | undefined])[] = [
  ['19.99', 'FLOAT'],
  ['0.30000000000000004', 'FLOAT'],
  ['1e300', 'FLOAT'],
  ['12345678.123456789', 'NUMERIC'],
  ['123456789012.123456789', 'NUMERIC'],
  ['1000000000000000.3', 'NUMERIC'],
  ['99999999999999999999999999999.123456789', 'NUMERIC'],
  ['9007199254740993.0', 'INTEGER'],
  ['18446744073709551615', 'NUMERIC'],
  ['1.000000000000000005', 'BIGNUMERIC'],
  ['-0.1234567890123456789', 'BIGNUMERIC'],
  ['12345678901234567890123456789012345678', 'BIGNUMERIC'],
  ['123456789012345678901234567890123456789', undefined],
  ['1e400', undefined],
  ['1e-400', undefined],
  ['2.4e-324', undefined],
  ['123e-10000000', undefined],
]

function storedIn(row: StoredRow, ...keys: string[]): StoredValue | undefined {
  let value: StoredValue | undefined = { type: 'RECORD', record: row.record }
  for (const key of keys) value = value && 'record' in value ? value.record.get(key) : undefined
  return value
}

/** The digits of a number in JSON, as a number or, where BigQuery's JSON holds no such number, as text. */
function digitsOf(value: Lossless): string | undefined {
  if (typeof value === 'string') return decimal(value)
  return value !== null && typeof value === 'object' && 'decimal' in value ? value.decimal : undefined
}

t.test('every number is read back with the digits that were sent', { timeout: 480_000 }, async (t) => {
  const pipeline = await startPipeline()
  t.teardown(() => pipeline.close())
  const events = NUMBERS.map(
    ([text], n) =>
      `{"event_type":"digits_${n}","event_id":"${n}","a":${text},"r":{"b":${text},"c":true},"j":[null,${text}]}`,
  )
  // as many columns that were whole numbers first
  const begun = NUMBERS.map((_, n) => `{"event_type":"digits_${n}","event_id":"begun","w":9007199254740993}`)
  await pipeline.clients.publish([...events, ...begun])
  await settled(pipeline, 60_000)
  await pipeline.clients.publish(
    NUMBERS.map(([text], n) => `{"event_type":"digits_${n}","event_id":"wider","w":${text}}`),
  )
  await settled(pipeline, 60_000)

  for (const [n, [text, type]] of NUMBERS.entries()) {
    const rows = new Map((await readTable(pipeline, `digits_${n}`)).map((row) => [row.eventId, row]))
    const row = rows.get(`${n}`)!
    const wanted = decimal(text)
    for (const keys of [['a'], ['r', 'b']]) {
      const stored = storedIn(row, ...keys)
      if (type === undefined)
        t.equal(decimal(String(row.unmapped[`/${keys.join('/')}`])), wanted, `${text} ${keys.join('.')}`)
      else if (stored && 'text' in stored)
        t.same([stored.type, decimal(stored.text)], [type, wanted], `${text} ${keys.join('.')}`)
      else t.fail(`${text} has no column ${keys.join('.')}`)
    }
    const json = storedIn(row, 'j')
    const inside = json && 'text' in json ? (readLossless(json.text) as readonly Lossless[])[1]! : null
    t.equal(digitsOf(inside), wanted, `${text} in a JSON column`)

    const begunWith = storedIn(rows.get('begun')!, 'w')
    t.ok(
      begunWith &&
        'text' in begunWith &&
        isDeepStrictEqual(decimal(begunWith.text), decimal('9007199254740993')),
      `beside ${text}`,
    )
    const wider = storedIn(rows.get('wider')!, 'w')
    const left = rows.get('wider')!.unmapped['/w']
    t.equal(
      decimal(wider && 'text' in wider ? wider.text : String(left)),
      wanted,
      `${text} in a column of whole numbers`,
    )
  }
})
