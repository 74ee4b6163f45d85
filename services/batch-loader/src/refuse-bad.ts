import { LoadError } from './load-error.ts'
import type { Survey } from './survey.ts'

/** Before so many records nobody knows how many are bad. */
export const SURE = 1000

/** @throws LoadError `too_many_bad` */
export function refuseBad(
  { records, rejected, bad }: Pick<Survey, 'records' | 'rejected' | 'bad'>,
  maxBad: number,
  uri: string,
  least = 0,
): void {
  if (rejected === 0 || records < least || rejected / records <= maxBad) return
  const [first] = bad
  const { rejection } = first!
  throw new LoadError(
    'too_many_bad',
    `${uri}: ${rejected} of ${records} records are bad, and ${maxBad} of them may be (--max-bad). The first is at ${first!.where}: ` +
      `${rejection.reason}${rejection.path === '' ? '' : ` at ${rejection.path}`}: ${rejection.message}, found ${rejection.value}. ` +
      `Nothing of this source has landed`,
  )
}
