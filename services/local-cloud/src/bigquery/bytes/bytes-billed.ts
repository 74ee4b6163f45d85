import { BigQueryError } from '../errors.ts'

const MEGABYTE = 1024 * 1024
const LEAST_BILLED = 10 * MEGABYTE

/** Whole megabytes, and ten at least where anything is read (docs: pricing, on-demand; the ten for each table are not counted here). */
export function bytesBilled(bytes: number): number {
  return bytes === 0 ? 0 : Math.max(Math.ceil(bytes / MEGABYTE) * MEGABYTE, LEAST_BILLED)
}

/** @throws BigQueryError bytesBilledLimitExceeded */
export function checkBytesBilled(maximumBytesBilled: string | number | undefined, billed: number): void {
  if (maximumBytesBilled === undefined || billed <= Number(maximumBytesBilled)) return
  const message = `Query exceeded limit for bytes billed: ${maximumBytesBilled}. ${billed} or higher required.`
  throw new BigQueryError('bytesBilledLimitExceeded', message)
}
