import { Unwritable } from './unwritable.ts'

const DAY_MS = 86_400_000
const DAY_SECONDS = 86_400
/** The years 0001 to 9999, which BigQuery has: days since 1970. */
const FIRST_DAY = -719_162
const LAST_DAY = 2_932_896
/** Texts of days that a writer remembers: those of eleven years. */
const MOST_KNOWN = 4096

/** `2026-11-29` @throws Unwritable outside of the years 1 to 9999 */
function dayText(days: number): string {
  if (!(days >= FIRST_DAY && days <= LAST_DAY))
    throw new Unwritable(`${days} days since 1970 is outside of the years 1 to 9999`)
  return new Date(days * DAY_MS).toISOString().slice(0, 10)
}

/** How many digits a unit has behind the second. */
export type SecondDigits = 3 | 6 | 9

const PER_SECOND = { 3: 1e3, 6: 1e6, 9: 1e9 } as const
const TWO_DIGITS: readonly string[] = Array.from({ length: 100 }, (_, value) =>
  String(value).padStart(2, '0'),
)

/** `2026-11-29T16:58:14.000001Z`, with all digits that are there. @throws Unwritable outside of the years 1 to 9999 */
export function timestampText(count: bigint | number, digits: SecondDigits, dayOf = dayText): string {
  const { seconds, fraction } = secondsOf(count, digits)
  const days = Math.floor(seconds / DAY_SECONDS)
  return `${dayOf(days)}T${clockText(seconds - days * DAY_SECONDS, fraction, digits)}Z`
}

/** `timestampText` for many. */
export function timestampWriter(digits: SecondDigits): (count: bigint | number) => string {
  const dayOf = dayWriter()
  return (count) => timestampText(count, digits, dayOf)
}

/** `dayText` for many: it remembers the texts of days. */
export function dayWriter(): (days: number) => string {
  const known = new Map<number, string>()
  return (days) => {
    let text = known.get(days)
    if (text === undefined) {
      text = dayText(days)
      if (known.size >= MOST_KNOWN) known.clear()
      known.set(days, text)
    }
    return text
  }
}

/** `16:58:14.000001` @throws Unwritable where it is no time of a day */
export function timeText(count: bigint | number, digits: SecondDigits): string {
  const { seconds, fraction } = secondsOf(count, digits)
  if (!(seconds >= 0 && seconds < DAY_SECONDS)) throw new Unwritable(`${count} is no time of a day`)
  return clockText(seconds, fraction, digits)
}

/** Whole seconds, rounded down, and what is left of the unit. */
function secondsOf(count: bigint | number, digits: SecondDigits) {
  const perSecond = PER_SECOND[digits]
  const value = Number(count)
  if (Number.isSafeInteger(value)) {
    let seconds = Math.floor(value / perSecond)
    let fraction = value - seconds * perSecond
    // the quotient is rounded, and may be the next whole number
    if (fraction < 0) {
      seconds -= 1
      fraction += perSecond
    }
    return { seconds, fraction }
  }
  const whole = BigInt(count)
  const unit = BigInt(perSecond)
  const rest = whole % unit
  const isBefore = rest < 0n
  return {
    seconds: Number(whole / unit) - (isBefore ? 1 : 0),
    fraction: Number(isBefore ? rest + unit : rest),
  }
}

function clockText(seconds: number, fraction: number, digits: SecondDigits): string {
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const clock = `${TWO_DIGITS[hours]}:${TWO_DIGITS[minutes - hours * 60]}:${TWO_DIGITS[seconds - minutes * 60]}`
  // of nanoseconds BigQuery has none: where they are zeros nothing is lost
  const isMicros = digits === 9 && fraction % 1000 === 0
  const kept = isMicros ? fraction / 1000 : fraction
  return `${clock}.${String(kept).padStart(isMicros ? 6 : digits, '0')}`
}
