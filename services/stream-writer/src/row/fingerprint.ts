import { bigqueryFingerprint } from 'farmhash-modern'

/** What BigQuery's FARM_FINGERPRINT gives for bytes, in two halves of 32 bits: most numbers of 64 bits are objects. */
export interface Fingerprint {
  low: number
  high: number
}

const whole = new BigInt64Array(1)
const halves = new DataView(whole.buffer)

/** Writes the fingerprint of the bytes into `into`. */
export function takeFingerprint(bytes: Uint8Array, into: Fingerprint): void {
  whole[0] = bigqueryFingerprint(bytes)
  into.low = halves.getInt32(0, true)
  into.high = halves.getInt32(4, true)
}

/** As SQL casts it to STRING. */
export function fingerprintText({ low, high }: Readonly<Fingerprint>): string {
  return String((BigInt(high) << 32n) | BigInt(low >>> 0))
}
