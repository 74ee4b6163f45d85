import { Unwritable } from './unwritable.ts'

const DAY_MS = 86_400_000
/** The years 0001 to 9999, which BigQuery has: days since 1970. */
const FIRST_DAY = -719_162
const LAST_DAY = 2_932_896

/** `2026-11-29` @throws Unwritable outside of the years 1 to 9999 */
export function dayText(days: number): string {
  if (!(days >= FIRST_DAY && days <= LAST_DAY))
    throw new Unwritable(`${days} days since 1970 is outside of the years 1 to 9999`)
  return new Date(days * DAY_MS).toISOString().slice(0, 10)
}

/** How many digits a unit has behind the second. */
export type SecondDigits = 3 | 6 | 9

/** `2026-11-29T16:58:14.000001Z`, with all digits that are there. @throws Unwritable outside of the years 1 to 9999 */
export function timestampText(count: bigint | number, digits: SecondDigits): string {
  const value = BigInt(count)
  const perDay = 86_400n * 10n ** BigInt(digits)
  let days = value / perDay
  let rest = value % perDay
  if (rest < 0n) {
    rest += perDay
    days -= 1n
  }
  return `${dayText(Number(days))}T${timeText(rest, digits)}Z`
}

/** `16:58:14.000001` @throws Unwritable where it is no time of a day */
export function timeText(count: bigint | number, digits: SecondDigits): string {
  const value = BigInt(count)
  const perSecond = 10n ** BigInt(digits)
  const seconds = Number(value / perSecond)
  if (value < 0n || seconds >= 86_400) throw new Unwritable(`${value} is no time of a day`)
  const clock = new Date(seconds * 1000).toISOString().slice(11, 19)
  const fraction = (value % perSecond).toString().padStart(digits, '0')
  // of nanoseconds BigQuery has none: where they are zeros nothing is lost
  const kept = digits === 9 && fraction.endsWith('000') ? fraction.slice(0, 6) : fraction
  return `${clock}.${kept}`
}
