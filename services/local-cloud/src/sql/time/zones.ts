/** Minutes by which a zone is away from UTC at most. */
const FURTHEST = 14 * 60

const formats = new Map<string, Intl.DateTimeFormat | undefined>()

/** Microseconds by which clocks in the zone are ahead of UTC at a moment; undefined where there is no such zone. */
export function zoneOffset(zone: string, micros: bigint): bigint | undefined {
  if (/^(UTC|GMT)$/i.test(zone)) return 0n
  const fixed = /^(?:UTC)?([+-])(\d{1,2})(?::?(\d{2}))?$/i.exec(zone)
  if (fixed) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3] ?? 0)
    if (minutes > FURTHEST || Number(fixed[3] ?? 0) > 59) return undefined
    const size = BigInt(minutes) * 60_000_000n
    return fixed[1] === '-' ? -size : size
  }
  const format = formatOf(zone)
  if (!format) return undefined
  const milliseconds = Number((micros - mod(micros, 1000n)) / 1000n)
  const name = format.formatToParts(milliseconds).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours = '0', minutes = '0', seconds = '0'] =
    /GMT([+-])(\d+):?(\d+)?:?(\d+)?/.exec(name) ?? []
  const size = BigInt(Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1_000_000n
  return sign === '-' ? -size : size
}

export function mod(a: bigint, b: bigint): bigint {
  return ((a % b) + b) % b
}

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  if (formats.has(zone)) return formats.get(zone)
  let format: Intl.DateTimeFormat | undefined
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
  } catch (error) {
    // the only thing that can be wrong of it is its name
    if (!(error instanceof RangeError)) throw error
  }
  if (formats.size < 1000) formats.set(zone, format)
  return format
}
