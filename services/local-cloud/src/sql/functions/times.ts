import { fail } from '../fail.ts'
import { BigQueryError } from '../../bigquery/errors.ts'
import { textOf } from '../typing/casts.ts'
import { checkInterval } from '../typing/intervals.ts'
import { inRange } from '../time/in-range.ts'
import { clockIn, momentIn } from '../time/in-zone.ts'
import { signatures, type Template } from './signature.ts'

const WEEKDAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY']
const DAYS = ['DAY', 'ISOWEEK', 'WEEK', 'MONTH', 'QUARTER', 'YEAR', 'ISOYEAR']
const CLOCK = ['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR']

function known(part: string, parts: readonly string[], name: string): string {
  const [, weekday] = /^WEEK\((.*)\)$/.exec(part) ?? []
  if (!parts.includes(weekday !== undefined && WEEKDAYS.includes(weekday) ? 'WEEK' : part))
    throw new BigQueryError(
      'invalidQuery',
      `A valid date part argument for ${name} is required, but found ${part}`,
    )
  return part
}

/** The first moment of the part, as TIMESTAMP without a zone. */
function truncated(time: string, part: string): string {
  const weekday = /^WEEK(?:\((\w+)\))?$/.exec(part)
  if (part === 'ISOWEEK') return `date_trunc('week', ${time})`
  if (part === 'ISOYEAR') return `date_trunc('week', make_date(isoyear(${time}), 1, 4))`
  if (!weekday) return `date_trunc('${part.toLowerCase()}', ${time})`
  const first = weekday[1] === undefined ? 0 : WEEKDAYS.indexOf(weekday[1])
  return `(date_trunc('day', ${time}) - to_days(CAST((dayofweek(${time}) - ${first} + 7) % 7 AS INTEGER)))`
}

/** Borders of parts between two times. */
function borders(a: string, b: string, part: string): string {
  if (part.startsWith('WEEK') || part === 'ISOWEEK')
    return `(date_diff('day', ${truncated(b, part)}, ${truncated(a, part)}) // 7)`
  if (part === 'ISOYEAR') return `(isoyear(${a}) - isoyear(${b}))`
  return `date_diff('${part.toLowerCase()}', ${b}, ${a})`
}

/** Whole units of so many microseconds: of what is before 1970, the one that has begun. */
const floored = (micros: number): string =>
  `((epoch_us($1) - ((epoch_us($1) % ${micros}) + ${micros}) % ${micros}) // ${micros})`
const local = (time: string, zone: string): string => clockIn(zone, time)
const utc = (time: string): string => local(time, `'UTC'`)
const parsed = (kind: string, format: string, text: string, zone: string): string =>
  `parse_time('${kind}', ${format}, ${text}, ${zone})`
const formatted = (kind: string, micros: string, zone = `'UTC'`): string =>
  `format_time($1, ${micros}, ${zone}, '${kind}')`
/** Elements that DuckDB writes as GoogleSQL does, from the year 1000 on. */
const USUAL = /^'(?:[^'%]|%[YmdHMS])*'$/
/** FORMAT_…: of the usual elements by DuckDB, which is ten times as fast. @param clock SQL of what clocks show */
const shown =
  (kind: string, clock: (time: string, zone: string) => string): Template =>
  ([format, time, zone = `'UTC'`]) => {
    const any = formatted(kind, MICROS[kind]!, zone)
      .replace('$1', () => format!)
      .replace('$2', () => time!)
    if (!USUAL.test(format!) || (kind === 'DATE' && /%[HMS]/.test(format!))) return any
    const clocks = clock(time!, zone)
    return `(CASE WHEN year(${clocks}) >= 1000 THEN strftime(${clocks}, ${format}) ELSE ${any} END)`
  }

const truncDate =
  (type: string, name: string): Template =>
  ([time, part]) => {
    const first = truncated(time!, known(part!, type === 'DATE' ? DAYS : [...DAYS, ...CLOCK], name))
    return ofWeeks(part!, `CAST(${first} AS ${type === 'DATE' ? 'DATE' : 'TIMESTAMP'})`, type)
  }
/** The first week begins before the year 1, and the last one ends behind 9999. */
const ofWeeks = (part: string, time: string, type: string): string =>
  /^(WEEK|ISO)/.test(part) ? inRange(time, type) : time
const HOUR_US = 3_600_000_000
const truncTimestamp: Template = ([time, part, zone = `'UTC'`]) => {
  if (CLOCK.includes(part!) && (part !== 'HOUR' || zone === `'UTC'`))
    return `date_trunc('${part!.toLowerCase()}', ${time})`
  const clock = local(time!, zone)
  // of an hour that clocks show twice, the one that it is
  if (part === 'HOUR')
    return `(${time} - to_microseconds(((epoch_us(${clock}) % ${HOUR_US}) + ${HOUR_US}) % ${HOUR_US}))`
  const first = truncated(clock, known(part!, [...DAYS, ...CLOCK], 'TIMESTAMP_TRUNC'))
  return ofWeeks(part!, momentIn(zone, `CAST(${first} AS TIMESTAMP)`), 'TIMESTAMP')
}
const diff =
  (name: string, taken: string): Template =>
  ([a, b, part]) =>
    borders(a!, b!, known(part!, taken === 'DATE' ? DAYS : [...DAYS, ...CLOCK], name))
const diffTimestamp: Template = ([a, b, part]) =>
  `date_sub('${known(part!, [...CLOCK, 'DAY'], 'TIMESTAMP_DIFF').toLowerCase()}', ${b}, ${a})`
const MICROS: Readonly<Record<string, string>> = {
  TIMESTAMP: 'epoch_us($2)',
  DATETIME: 'epoch_us($2)',
  DATE: 'epoch_us(CAST($2 AS TIMESTAMP))',
  TIME: 'epoch_us($2)',
}

/** What the functions of a type take: that type first, and others whose values they give back with their own type. */
const TAKEN = [
  ['DATE', 'DATE'],
  ['DATE', 'DATETIME'],
  ['DATE', 'TIMESTAMP'],
  ['DATETIME', 'DATETIME'],
  ['DATETIME', 'TIMESTAMP'],
  ['TIMESTAMP', 'TIMESTAMP'],
  ['TIMESTAMP', 'DATETIME'],
] as const

const plus = (name: string, operator: '+' | '-'): Readonly<Record<string, Template>> => {
  const of =
    (kind: string, taken: string): Template =>
    ([time, interval], _, [, part]) => {
      checkInterval(taken, part, `${kind}_${name}`)
      const made = `(${time} ${operator} ${interval})`
      return inRange(taken === 'DATE' ? `CAST(${made} AS DATE)` : made, taken)
    }
  return Object.fromEntries(
    [...TAKEN, ['TIME', 'TIME']].map(([kind, taken]) => [
      `${kind}_${name}(${taken}, INTERVAL) ${taken}`,
      of(kind, taken),
    ]),
  )
}

/** The first moment of a part, of a time of any type. */
const TRUNCATED: Readonly<Record<string, Template>> = Object.fromEntries(
  TAKEN.flatMap(([kind, taken]): [string, Template][] => {
    const name = `${kind}_TRUNC`
    return taken === 'TIMESTAMP'
      ? [
          [`${name}(TIMESTAMP, PART) TIMESTAMP`, truncTimestamp],
          [`${name}(TIMESTAMP, PART, STRING) TIMESTAMP`, truncTimestamp],
        ]
      : [[`${name}(${taken}, PART) ${taken}`, truncDate(taken, name)]]
  }),
)

const DIFFERENCES: Readonly<Record<string, Template>> = Object.fromEntries(
  TAKEN.map(([kind, taken]): [string, Template] => [
    `${kind}_DIFF(${taken}, ${taken}, PART) INT64`,
    taken === 'TIMESTAMP' ? diffTimestamp : diff(`${kind}_DIFF`, taken),
  ]),
)

/** The begin of the bucket that a time is in: all of one width, from an origin on (time series functions). */
const BUCKETS: Readonly<Record<string, Template>> = Object.fromEntries(
  ['DATE', 'DATETIME', 'TIMESTAMP'].flatMap((kind) => {
    const micros = (sql: string): string => MICROS[kind]!.replace('$2', () => sql)
    const of: Template = ([time, width, origin], _, [, part]) => {
      if (part !== undefined) checkInterval(kind, part, `${kind}_BUCKET`)
      const from = origin === undefined ? `epoch_us(TIMESTAMP '1950-01-01')` : micros(origin)
      const begin = `bucket_of('${kind}', ${micros(time!)}, ${width}, ${from})`
      if (kind === 'TIMESTAMP') return inRange(`make_timestamptz(${begin})`, kind)
      return inRange(
        kind === 'DATE' ? `CAST(make_timestamp(${begin}) AS DATE)` : `make_timestamp(${begin})`,
        kind,
      )
    }
    return [
      [`${kind}_BUCKET(${kind}, INTERVAL) ${kind}`, of],
      [`${kind}_BUCKET(${kind}, INTERVAL, ${kind}) ${kind}`, of],
    ]
  }),
)

export const TIMES = signatures({
  ...BUCKETS,
  'CURRENT_TIMESTAMP() TIMESTAMP': 'CAST(now() AS TIMESTAMPTZ)',
  'CURRENT_DATE() DATE': 'CAST(now() AS DATE)',
  'CURRENT_DATE(STRING) DATE': ([zone]) => `CAST(${local('now()', zone!)} AS DATE)`,
  'CURRENT_DATETIME() DATETIME': utc('now()'),
  'CURRENT_DATETIME(STRING) DATETIME': ([zone]) => local('now()', zone!),
  'CURRENT_TIME() TIME': `CAST(${utc('now()')} AS TIME)`,
  'CURRENT_TIME(STRING) TIME': ([zone]) => `CAST(${local('now()', zone!)} AS TIME)`,
  'DATE(INT64, INT64, INT64) DATE': inRange('make_date($1, $2, $3)', 'DATE'),
  'DATE(DATE) DATE': '$1',
  'DATE(DATETIME) DATE': 'CAST($1 AS DATE)',
  'DATE(TIMESTAMP) DATE': `CAST(${utc('$1')} AS DATE)`,
  'DATE(TIMESTAMP, STRING) DATE': ([time, zone]) => `CAST(${local(time!, zone!)} AS DATE)`,
  'DATETIME(INT64, INT64, INT64, INT64, INT64, INT64) DATETIME': `(CASE WHEN $4 BETWEEN 0 AND 23 AND $5 BETWEEN 0 AND 59 AND $6 BETWEEN 0 AND 60 THEN ${inRange('(make_timestamp($1, $2, $3, 0, 0, 0.0) + to_microseconds((($4 * 60 + $5) * 60 + $6) * 1000000))', 'DATETIME')} WHEN $1 + $2 + $3 + $4 + $5 + $6 IS NOT NULL THEN ${fail(`'Input calculates to invalid datetime: ' || $1 || '-' || $2 || '-' || $3 || ' ' || $4 || ':' || $5 || ':' || $6`, 'TIMESTAMP')} END)`,
  'DATETIME(DATETIME) DATETIME': '$1',
  'DATETIME(DATE) DATETIME': 'CAST($1 AS TIMESTAMP)',
  'DATETIME(DATE, TIME) DATETIME': '($1 + $2)',
  'DATETIME(TIMESTAMP) DATETIME': utc('$1'),
  'DATETIME(TIMESTAMP, STRING) DATETIME': ([time, zone]) => local(time!, zone!),
  // the second 60 is the first of the next minute
  'TIME(INT64, INT64, INT64) TIME': `(CASE WHEN $1 BETWEEN 0 AND 23 AND $2 BETWEEN 0 AND 59 AND $3 BETWEEN 0 AND 60 THEN CAST(make_timestamp((($1 * 60 + $2) * 60 + $3) * 1000000) AS TIME) WHEN $1 + $2 + $3 IS NOT NULL THEN ${fail(`'Input calculates to invalid time: ' || $1 || ':' || $2 || ':' || $3`, 'TIME')} END)`,
  'TIME(DATETIME) TIME': 'CAST($1 AS TIME)',
  'TIME(TIMESTAMP) TIME': `CAST(${utc('$1')} AS TIME)`,
  'TIME(TIMESTAMP, STRING) TIME': ([time, zone]) => `CAST(${local(time!, zone!)} AS TIME)`,
  'TIMESTAMP(TIMESTAMP) TIMESTAMP': '$1',
  'TIMESTAMP(DATETIME) TIMESTAMP': momentIn(`'UTC'`, '$1'),
  'TIMESTAMP(DATETIME, STRING) TIMESTAMP': ([time, zone]) => momentIn(zone!, time!),
  'TIMESTAMP(DATE) TIMESTAMP': momentIn(`'UTC'`, 'CAST($1 AS TIMESTAMP)'),
  'TIMESTAMP(DATE, STRING) TIMESTAMP': ([day, zone]) => momentIn(zone!, `CAST(${day} AS TIMESTAMP)`),
  'TIMESTAMP(STRING) TIMESTAMP': ofText(`'UTC'`),
  'TIMESTAMP(STRING, STRING) TIMESTAMP': `(CASE WHEN time_of_text('DATETIME', $1, 'UTC') IS NULL AND time_of_text('TIMESTAMP', $1, 'UTC') IS NOT NULL THEN ${fail(`'Timezone is not allowed in "' || $1 || '": it is an argument, too'`, 'TIMESTAMPTZ')} ELSE ${ofText('$2')} END)`,
  ...plus('ADD', '+'),
  ...plus('SUB', '-'),
  ...DIFFERENCES,
  'TIME_DIFF(TIME, TIME, PART) INT64': ([a, b, part]) => borders(a!, b!, known(part!, CLOCK, 'TIME_DIFF')),
  ...TRUNCATED,
  'TIME_TRUNC(TIME, PART) TIME': ([time, part]) =>
    `CAST(date_trunc('${known(part!, CLOCK, 'TIME_TRUNC').toLowerCase()}', DATE '1970-01-01' + ${time}) AS TIME)`,
  'LAST_DAY(DATE) DATE': 'last_day($1)',
  'LAST_DAY(DATETIME) DATE': 'last_day($1)',
  'LAST_DAY(DATE, PART) DATE': ([day, part]) => lastDay(day!, known(part!, DAYS.slice(1), 'LAST_DAY')),
  'LAST_DAY(DATETIME, PART) DATE': ([day, part]) => lastDay(day!, known(part!, DAYS.slice(1), 'LAST_DAY')),
  'FORMAT_TIMESTAMP(STRING, TIMESTAMP) STRING': shown('TIMESTAMP', local),
  'FORMAT_TIMESTAMP(STRING, TIMESTAMP, STRING) STRING': shown('TIMESTAMP', local),
  ...Object.fromEntries(
    ['DATE', 'DATETIME'].map((kind): [string, Template] => [
      `FORMAT_${kind}(STRING, ${kind}) STRING`,
      shown(kind, (time) => time),
    ]),
  ),
  'FORMAT_TIME(STRING, TIME) STRING': formatted('TIME', MICROS['TIME']!),
  'PARSE_TIMESTAMP(STRING, STRING) TIMESTAMP': `make_timestamptz(${parsed('TIMESTAMP', '$1', '$2', `'UTC'`)})`,
  'PARSE_TIMESTAMP(STRING, STRING, STRING) TIMESTAMP': `make_timestamptz(${parsed('TIMESTAMP', '$1', '$2', '$3')})`,
  'PARSE_DATE(STRING, STRING) DATE': `CAST(make_timestamp(${parsed('DATE', '$1', '$2', `'UTC'`)}) AS DATE)`,
  'PARSE_DATETIME(STRING, STRING) DATETIME': `make_timestamp(${parsed('DATETIME', '$1', '$2', `'UTC'`)})`,
  'PARSE_TIME(STRING, STRING) TIME': `CAST(make_timestamp(${parsed('TIME', '$1', '$2', `'UTC'`)}) AS TIME)`,
  'UNIX_SECONDS(TIMESTAMP) INT64': floored(1_000_000),
  'UNIX_MILLIS(TIMESTAMP) INT64': floored(1000),
  'UNIX_MICROS(TIMESTAMP) INT64': 'epoch_us($1)',
  'UNIX_DATE(DATE) INT64': `date_diff('day', DATE '1970-01-01', $1)`,
  'DATE_FROM_UNIX_DATE(INT64) DATE': inRange(`(DATE '1970-01-01' + CAST($1 AS INTEGER))`, 'DATE'),
  'TIMESTAMP_SECONDS(INT64) TIMESTAMP': inRange('make_timestamptz($1 * 1000000)', 'TIMESTAMP'),
  'TIMESTAMP_MILLIS(INT64) TIMESTAMP': inRange('make_timestamptz($1 * 1000)', 'TIMESTAMP'),
  'TIMESTAMP_MICROS(INT64) TIMESTAMP': inRange('make_timestamptz($1)', 'TIMESTAMP'),
  ...Object.fromEntries(
    ['DATE', 'DATETIME', 'TIME'].map((kind): [string, Template] => [
      `STRING(${kind}) STRING`,
      ([sql]) => textOf({ sql: sql!, type: { kind } }),
    ]),
  ),
  'JUSTIFY_HOURS(INTERVAL) INTERVAL': 'justified_hours($1)',
  'JUSTIFY_DAYS(INTERVAL) INTERVAL': 'justified_days($1)',
  'JUSTIFY_INTERVAL(INTERVAL) INTERVAL': 'justified_interval($1)',
  'MAKE_INTERVAL(INT64, INT64, INT64, INT64, INT64, INT64) INTERVAL':
    'interval_of_numbers($1 * 12 + $2, $3, (($4 * 60 + $5) * 60 + $6) * 1000000)',
  'STRING(TIMESTAMP) STRING': ([time]) => textOf({ sql: time!, type: { kind: 'TIMESTAMP' } }),
  'STRING(TIMESTAMP, STRING) STRING': `format_time('%E4Y-%m-%d %H:%M:%E*S%Ez', epoch_us($1), $2, 'CAST')`,
})

function ofText(zone: string): string {
  const micros = `time_of_text('TIMESTAMP', $1, ${zone})`
  return `(CASE WHEN $1 IS NULL THEN NULL WHEN ${micros} IS NULL THEN ${fail(`'Invalid timestamp: ''' || $1 || ''''`, 'TIMESTAMPTZ')} ELSE make_timestamptz(${micros}) END)`
}

function lastDay(day: string, part: string): string {
  const step = { MONTH: 'INTERVAL 1 MONTH', QUARTER: 'INTERVAL 3 MONTH', YEAR: 'INTERVAL 1 YEAR' }[part]
  const last =
    part === 'ISOYEAR'
      ? `date_trunc('week', make_date(isoyear(${day}) + 1, 1, 4))`
      : `${truncated(day, part)} + ${step ?? 'INTERVAL 7 DAY'}`
  return ofWeeks(part, `CAST(${last} - INTERVAL 1 DAY AS DATE)`, 'DATE')
}
