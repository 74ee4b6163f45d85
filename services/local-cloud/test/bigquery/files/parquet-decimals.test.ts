import t from 'tap'
import { readParquet } from '../../../src/bigquery/files/parquet-read.ts'

/** Of pyarrow: n INT64, and big as decimal256(76, 38), which is what pandas makes of a BIGNUMERIC. */
const BYTES = Buffer.from(
  [
    'UEFSMRUAFTwVPCwVBhUAFQYVBhwAAAACAAAABgEBAAAAAAAAAAIAAAAAAAAAAwAAAAAAAAAVABWMARWMASwVBhUAFQYVBhwAAAACAAAAAwX///',
    '///////////////////////////////////////wK6vZwdaDKxA0GUNonZMPwPw1bqszh7O8jiv9DeOPNOFQIZPDUAGAZzY2hlbWEVBAAVBCUC',
    'GAFuABUOFUAVAhgDYmlnJQoVTBWYASxcFUwVmAEAAAAWBhkcGSwmABwVBBklBgAZGAFuFQAWBhZiFmImCEkcFQAVABUCADwpBhkmAAYAAAAmAB',
    'wVDhklBgAZGANiaWcVABYGFrYBFrYBJmpJHBUAFQAVAgA8KQYZJgIEAAAAFpgCFgYmCBaYAgAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24g',
    'MjYuMC4xGSwcAAAcAAAAyQAAAFBBUjE=',
  ].join(''),
  'base64',
)

t.test('decimals of 76 digits in Parquet keep each of them', async (t) => {
  const { fields, rows } = await readParquet(BYTES, ['NUMERIC', 'BIGNUMERIC'])
  t.match(fields, [
    { name: 'n', type: 'INTEGER' },
    { name: 'big', type: 'BIGNUMERIC' },
  ])
  t.same(
    [...rows],
    [
      { n: '1', big: `-0.${'0'.repeat(37)}1` },
      { n: '2' },
      { n: '3', big: '12345678901234567890123456789012345678.12345678901234567890123456789012345678' },
    ],
  )
  const asNumeric = await readParquet(BYTES, ['NUMERIC'])
  t.match(asNumeric.fields[1], { type: 'NUMERIC' }, 'which refuses what it cannot hold, row by row')
})

/** Of pyarrow: big as decimal256(76, 10), and a record s with another big of that type. */
const NESTED = Buffer.from(
  [
    'UEFSMRUAFUwVTCwVAhUAFQYVBhwAAAACAAAAAgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADfhHWABUAFUwVTCwVAhUAFQYVBhwAAAACAAAA',
    'AgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAF0h26ABUEGUw1ABgGc2NoZW1hFQQAFQ4VQBUCGANiaWclChUUFZgBLFwVFBWYAQAAADUCGAFz',
    'FQIAFQ4VQBUCGANiaWclChUUFZgBLFwVFBWYAQAAABYCGRwZLCYAHBUOGSUGABkYA2JpZxUAFgIWchZyJghJHBUAFQAVAgA8KQYZJgACAAAAJgAc',
    'FQ4ZJQYAGSgBcwNiaWcVABYCFnIWciZ6SRwVABUAFQIAPCkGGTYAAAIAAAAW5AEWAiYIFuQBACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAy',
    'Ni4wLjEZLBwAABwAAADoAAAAUEFSMQ==',
  ].join(''),
  'base64',
)

t.test('such a decimal inside of a record is refused, also beside a column of its name', async (t) => {
  await t.rejects(readParquet(NESTED, ['NUMERIC', 'BIGNUMERIC']), {
    message: /does not support a decimal of 76 digits inside of a record or list of Parquet/,
  })
})
