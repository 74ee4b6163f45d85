import t from 'tap'
import { openSql } from './ask-sql.ts'

const CLOCK = ['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR']
const PARTS = [
  ...CLOCK,
  'DAY',
  'DAYOFWEEK',
  'DAYOFYEAR',
  'WEEK',
  'WEEK(MONDAY)',
  'ISOWEEK',
  'MONTH',
  'QUARTER',
  'YEAR',
  'ISOYEAR',
]
// a Thursday of the leap year 2024
const AT: Readonly<Record<string, string>> = {
  DATE: `DATE '2024-07-04'`,
  DATETIME: `DATETIME '2024-07-04 23:30:05.123456'`,
  TIMESTAMP: `TIMESTAMP '2024-07-04 23:30:05.123456+00'`,
  TIME: `TIME '23:30:05.123456'`,
}

/** What EXTRACT gives of each part. */
const EXTRACTED: Readonly<Record<string, string>> = {
  MICROSECOND: '123456',
  MILLISECOND: '123',
  SECOND: '5',
  MINUTE: '30',
  HOUR: '23',
  DAY: '4',
  DAYOFWEEK: '5',
  DAYOFYEAR: '186',
  WEEK: '26',
  'WEEK(MONDAY)': '27',
  ISOWEEK: '27',
  MONTH: '7',
  QUARTER: '3',
  YEAR: '2024',
  ISOYEAR: '2024',
}
/** What is left of the moment by each part. */
const TRUNCATED: Readonly<Record<string, string>> = {
  MICROSECOND: '2024-07-04 23:30:05.123456',
  MILLISECOND: '2024-07-04 23:30:05.123',
  SECOND: '2024-07-04 23:30:05',
  MINUTE: '2024-07-04 23:30:00',
  HOUR: '2024-07-04 23:00:00',
  DAY: '2024-07-04 00:00:00',
  WEEK: '2024-06-30 00:00:00',
  'WEEK(MONDAY)': '2024-07-01 00:00:00',
  ISOWEEK: '2024-07-01 00:00:00',
  MONTH: '2024-07-01 00:00:00',
  QUARTER: '2024-07-01 00:00:00',
  YEAR: '2024-01-01 00:00:00',
  ISOYEAR: '2024-01-01 00:00:00',
}
/** The moment, and two of each part more. */
const ADDED: Readonly<Record<string, string>> = {
  MICROSECOND: '2024-07-04 23:30:05.123458',
  MILLISECOND: '2024-07-04 23:30:05.125456',
  SECOND: '2024-07-04 23:30:07.123456',
  MINUTE: '2024-07-04 23:32:05.123456',
  HOUR: '2024-07-05 01:30:05.123456',
  DAY: '2024-07-06 23:30:05.123456',
  WEEK: '2024-07-18 23:30:05.123456',
  MONTH: '2024-09-04 23:30:05.123456',
  QUARTER: '2025-01-04 23:30:05.123456',
  YEAR: '2026-07-04 23:30:05.123456',
}
/** Borders between the moment and 2023-12-31 22:00, a Sunday. */
const BORDERS: Readonly<Record<string, string>> = {
  DAY: '186',
  WEEK: '26',
  'WEEK(MONDAY)': '27',
  ISOWEEK: '27',
  MONTH: '7',
  QUARTER: '3',
  YEAR: '1',
  ISOYEAR: '1',
}
const BEFORE: Readonly<Record<string, string>> = {
  DATE: `DATE '2023-12-31'`,
  DATETIME: `DATETIME '2023-12-31 22:00:00'`,
}

const dayOnly = (kind: string): boolean => kind === 'DATE'
const clockOnly = (kind: string): boolean => kind === 'TIME'
const refused = { error: /not supported|valid date part|No matching signature/ }

for (const [kind, sql] of Object.entries(AT))
  t.test(`EXTRACT takes the parts that a ${kind} has`, async (t) => {
    const ask = await openSql(t)
    for (const part of PARTS) {
      const isClock = CLOCK.includes(part)
      const told = await ask(`SELECT EXTRACT(${part} FROM ${sql})`)
      const has = isClock ? !dayOnly(kind) : !clockOnly(kind)
      if (has) t.same(told, { type: 'INTEGER', value: EXTRACTED[part] }, part)
      else t.match(told, refused, part)
    }
  })

for (const [kind, sql] of Object.entries(AT))
  t.test(`${kind}_TRUNC takes the parts that a ${kind} has`, async (t) => {
    const ask = await openSql(t)
    for (const part of PARTS) {
      const isClock = CLOCK.includes(part)
      const told = await ask(`SELECT REPLACE(CAST(${kind}_TRUNC(${sql}, ${part}) AS STRING), '+00', '')`)
      const whole = TRUNCATED[part]
      const has = whole !== undefined && (isClock ? !dayOnly(kind) : !clockOnly(kind))
      const value = dayOnly(kind) ? whole?.slice(0, 10) : clockOnly(kind) ? whole?.slice(11) : whole
      if (has) t.same(told, { type: 'STRING', value }, part)
      else t.match(told, refused, part)
    }
  })

for (const [kind, sql] of Object.entries(AT))
  for (const [name, sign] of [
    ['ADD', 2],
    ['SUB', -2],
  ] as const)
    t.test(`${kind}_${name} takes the parts that a ${kind} has`, async (t) => {
      const ask = await openSql(t)
      for (const part of PARTS.filter((each) => !each.includes('('))) {
        const isClock = CLOCK.includes(part)
        const told = await ask(
          `SELECT REPLACE(CAST(${kind}_${name}(${sql}, INTERVAL ${sign} ${part}) AS STRING), '+00', '')`,
        )
        const whole = ADDED[part]
        const has =
          whole !== undefined &&
          (isClock ? !dayOnly(kind) : !clockOnly(kind) && (kind !== 'TIMESTAMP' || part === 'DAY'))
        const value = dayOnly(kind) ? whole?.slice(0, 10) : clockOnly(kind) ? whole?.slice(11) : whole
        if (has) t.same(told, { type: 'STRING', value }, part)
        else
          t.match(
            told,
            { error: /not supported|valid date part|No matching signature|does not support/ },
            part,
          )
      }
    })

for (const [kind, before] of Object.entries(BEFORE))
  t.test(`${kind}_DIFF counts the borders between two of them`, async (t) => {
    const ask = await openSql(t)
    for (const part of PARTS) {
      const told = await ask(`SELECT ${kind}_DIFF(${AT[kind]}, ${before}, ${part})`)
      const value = BORDERS[part]
      if (value !== undefined) t.same(told, { type: 'INTEGER', value }, part)
      else if (!CLOCK.includes(part) || dayOnly(kind)) t.match(told, refused, part)
      const back = await ask(`SELECT ${kind}_DIFF(${before}, ${AT[kind]}, ${part})`)
      if (value !== undefined) t.same(back, { type: 'INTEGER', value: `-${value}` }, `${part} back`)
    }
  })

t.test('TIMESTAMP_DIFF and TIME_DIFF count whole parts, or borders of clocks', async (t) => {
  const ask = await openSql(t)
  const whole = { MICROSECOND: '5405123456', MILLISECOND: '5405123', SECOND: '5405', MINUTE: '90', HOUR: '1' }
  for (const [part, value] of Object.entries(whole)) {
    const told = await ask(
      `SELECT TIMESTAMP_DIFF(${AT['TIMESTAMP']}, TIMESTAMP '2024-07-04 22:00:00+00', ${part})`,
    )
    t.same(told, { type: 'INTEGER', value }, part)
    t.same(
      await ask(`SELECT TIMESTAMP_DIFF(TIMESTAMP '2024-07-04 22:00:00+00', ${AT['TIMESTAMP']}, ${part})`),
      { type: 'INTEGER', value: `-${value}` },
      `${part} back`,
    )
  }
  for (const part of ['WEEK', 'MONTH', 'QUARTER', 'YEAR', 'ISOYEAR'])
    t.match(
      await ask(`SELECT TIMESTAMP_DIFF(${AT['TIMESTAMP']}, ${AT['TIMESTAMP']}, ${part})`),
      refused,
      part,
    )
  for (const part of CLOCK)
    t.match(await ask(`SELECT TIME_DIFF(${AT['TIME']}, TIME '22:00:00', ${part})`), { type: 'INTEGER' }, part)
  for (const part of ['DAY', 'WEEK', 'YEAR'])
    t.match(await ask(`SELECT TIME_DIFF(${AT['TIME']}, TIME '22:00:00', ${part})`), refused, part)
})
