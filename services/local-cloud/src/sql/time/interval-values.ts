/** An INTERVAL: its parts do not become one another by themselves. */
export interface IntervalParts {
  readonly months: bigint
  readonly days: bigint
  readonly micros: bigint
}

const HOUR = 3_600_000_000n
const DAY = 24n * HOUR
const MOST: IntervalParts = { months: 120_000n, days: 3_660_000n, micros: 87_840_000n * HOUR }

const size = (value: bigint): bigint => (value < 0n ? -value : value)

/** @throws Error for an interval that is longer than 10,000 years */
export function checked(parts: IntervalParts): IntervalParts {
  for (const name of ['months', 'days', 'micros'] as const)
    if (size(parts[name]) > MOST[name])
      throw new Error(`Interval field ${name} '${parts[name]}' is out of range`)
  return parts
}

/** `Y-M D H:M:S[.fraction]` */
export function intervalText({ months, days, micros }: IntervalParts): string {
  const [year, time] = [size(months), size(micros)]
  const fraction = time % 1_000_000n
  const digits = fraction === 0n ? '' : `.${fraction.toString().padStart(6, '0').replace(/000$/, '')}`
  const clock = `${time / HOUR}:${(time / 60_000_000n) % 60n}:${(time / 1_000_000n) % 60n}${digits}`
  return `${months < 0n ? '-' : ''}${year / 12n}-${year % 12n} ${days} ${micros < 0n ? '-' : ''}${clock}`
}

const PARTS = ['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND']
const CLOCK: Readonly<Record<string, bigint>> = { HOUR, MINUTE: 60_000_000n, SECOND: 1_000_000n }

/** What stands between two parts in a text: `Y-M D H:M:S`. */
const separator = (part: string): string =>
  part === 'YEAR' ? '-' : part === 'MONTH' || part === 'DAY' ? ' ' : ':'

/**
 * The interval that a text says.
 *
 * @param from its first part, @param to its last
 * @throws Error for a text that says none
 */
export function intervalOf(text: string, from: string, to: string): IntervalParts {
  const names = PARTS.slice(PARTS.indexOf(from), PARTS.indexOf(to) + 1)
  const pattern = names.map((name, index) => {
    // one sign counts for years and months, one for all of the clock
    const isSigned = ['YEAR', 'DAY', 'HOUR'].includes(name) || index === 0
    const digits = name === 'SECOND' ? String.raw`\d*(?:\.\d{0,9})?` : String.raw`\d+`
    return `(${isSigned ? '[+-]?' : ''}${digits})${index < names.length - 1 ? separator(name) : ''}`
  })
  const found = new RegExp(`^${pattern.join('')}$`).exec(text)?.slice(1)
  if (!found || names.length < 2) throw new Error(`Invalid INTERVAL value '${text}'`)
  let [months, days, micros] = [0n, 0n, 0n]
  const isNegative = { months: false, micros: false }
  for (const [index, name] of names.entries()) {
    const shown = found[index]!
    const isMinus = shown.startsWith('-')
    const digits = shown.replace(/^[+-]/, '')
    if (name === 'YEAR' || name === 'MONTH') {
      if (index === 0) isNegative.months = isMinus
      months += BigInt(digits) * (name === 'YEAR' ? 12n : 1n)
    } else if (name === 'DAY') days = isMinus ? -BigInt(digits) : BigInt(digits)
    else {
      if (index === 0 || name === 'HOUR') isNegative.micros = isMinus
      micros += name === 'SECOND' ? microsOf(digits, text) : BigInt(digits) * CLOCK[name]!
    }
  }
  return checked({
    months: isNegative.months ? -months : months,
    days,
    micros: isNegative.micros ? -micros : micros,
  })
}

function microsOf(seconds: string, text: string): bigint {
  const [whole = '', fraction = ''] = seconds.split('.')
  if (whole + fraction === '') throw new Error(`Invalid INTERVAL value '${text}'`)
  if (/[1-9]/.test(fraction.slice(6)))
    throw new Error(`local-cloud has no nanoseconds: INTERVAL value '${text}'`)
  return BigInt(whole || '0') * 1_000_000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'))
}

const ISO =
  /^P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)W)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?)(\d+(?:[.,]\d+)?)S)?)?$/

/** `P1Y2M3DT4H5M6.5S` of ISO 8601. @throws Error for a text that says none */
function intervalOfIso(text: string): IntervalParts {
  const found = ISO.exec(text)?.slice(1)
  if (!found || /[PT]$/.test(text)) throw new Error(`Invalid INTERVAL value '${text}'`)
  const [years, months, weeks, days, hours, minutes] = found.map((part) =>
    /^-?\d+$/.test(part ?? '') ? BigInt(part) : 0n,
  )
  const seconds = microsOf((found[7] ?? '0').replace(',', '.'), text)
  return checked({
    months: years! * 12n + months!,
    days: weeks! * 7n + days!,
    micros: hours! * HOUR + minutes! * 60_000_000n + (found[6] === '-' ? -seconds : seconds),
  })
}

/** CAST of a text: it has `Y-M D H:M:S`, or a part of that which is clear by itself. @throws Error */
export function intervalOfText(text: string): IntervalParts {
  const clean = text.trim()
  if (/^[+-]?P/.test(clean)) return intervalOfIso(clean)
  const ends = [
    [/^[^ ]*\d-\d[^ ]*$/, 'YEAR', 'MONTH'],
    [/^[^ :]*\d-\d+ [^ :]+$/, 'YEAR', 'DAY'],
    [/^[^ :]*\d-\d+ [^ :]+ [^ :]+$/, 'YEAR', 'HOUR'],
    [/^[^ :]*\d-\d+ [^ :]+ [^ :]+:[^ :]+$/, 'YEAR', 'MINUTE'],
    [/^[^ :]*\d-\d+ [^ :]+ [^ :]+:[^ :]+:[^ :]+$/, 'YEAR', 'SECOND'],
    [/^[^ :-]+ -?[^ :-]+:[^ :]+$/, 'DAY', 'MINUTE'],
    [/^-?[^ :-]+ [^ :]+:[^ :]+:[^ :]+$/, 'DAY', 'SECOND'],
    [/^[^ :]+:[^ :]+:[^ :]+$/, 'HOUR', 'SECOND'],
  ] as const
  const found = ends.find(([pattern]) => pattern.test(clean))
  if (!found) throw new Error(`Invalid INTERVAL value '${text}'`)
  return intervalOf(clean, found[1], found[2])
}

/** EXTRACT. @throws Error for a part that an interval does not have */
export function intervalPart({ months, days, micros }: IntervalParts, part: string): bigint {
  switch (part) {
    case 'YEAR':
      return months / 12n
    case 'MONTH':
      return months % 12n
    case 'DAY':
      return days
    case 'HOUR':
      return micros / HOUR
    case 'MINUTE':
      return (micros / 60_000_000n) % 60n
    case 'SECOND':
      return (micros / 1_000_000n) % 60n
    case 'MILLISECOND':
      return (micros / 1000n) % 1000n
    default:
      return micros % 1_000_000n
  }
}

/** What is left over of months becomes days, of days it becomes a time of the clock. @throws Error for a division by zero */
export function divided({ months, days, micros }: IntervalParts, by: bigint): IntervalParts {
  if (by === 0n) throw new Error(`division by zero: INTERVAL / 0`)
  const allDays = days + (months % by) * 30n
  return checked({ months: months / by, days: allDays / by, micros: (micros + (allDays % by) * DAY) / by })
}

/** Times that are whole days become these. Both have one sign then. */
export function justifiedHours({ months, days, micros }: IntervalParts): IntervalParts {
  const [large, little] = oneSign(days + micros / DAY, micros % DAY, DAY)
  return checked({ months, days: large, micros: little })
}

/** Days become months of 30 days. */
export function justifiedDays({ months, days, micros }: IntervalParts): IntervalParts {
  const [large, little] = oneSign(months + days / 30n, days % 30n, 30n)
  return checked({ months: large, days: little, micros })
}

/** Both, and all three have one sign. */
export function justified({ months, days, micros }: IntervalParts): IntervalParts {
  const rest = micros % DAY
  const allDays = days + micros / DAY
  const isDown = (day: bigint, time: bigint) => day < 0n || (day === 0n && time < 0n)
  const isUp = (day: bigint, time: bigint) => day > 0n || (day === 0n && time > 0n)
  let [month, day] = [months + allDays / 30n, allDays % 30n]
  if (month > 0n && isDown(day, rest)) [month, day] = [month - 1n, day + 30n]
  else if (month < 0n && isUp(day, rest)) [month, day] = [month + 1n, day - 30n]
  const [large, little] = oneSign(day, rest, DAY)
  return checked({ months: month, days: large, micros: little })
}

function oneSign(large: bigint, little: bigint, unit: bigint): readonly [bigint, bigint] {
  if (large > 0n && little < 0n) return [large - 1n, little + unit]
  return large < 0n && little > 0n ? [large + 1n, little - unit] : [large, little]
}
