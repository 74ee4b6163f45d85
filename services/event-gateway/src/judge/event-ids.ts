import { createHash } from 'node:crypto'
import createError from '@fastify/error'

const LONGEST_KEY = 200
const KEY = /^[\x21-\x7e][\x20-\x7e]*$/
const BadKey = createError(
  'IDEMPOTENCY_KEY',
  `Idempotency-Key has 1 to ${LONGEST_KEY} characters of printable ASCII`,
  400,
)

/**
 * The ids that a request gives to its events by its Idempotency-Key: the key itself to a single one; of several, the key and
 * a hash of each event's bytes, so that an event has the same id in whichever request with this key it comes, and one that was
 * mended has another. Equal events of a request are told apart by their order.
 *
 * @param isPartial a part of the request may have been taken before: then a single event may be what was left of several
 */
export function eventIds(
  key: string | string[] | undefined,
  count: number,
  isPartial: boolean,
): (data: Buffer) => string | undefined {
  if (key === undefined) return () => undefined
  if (typeof key !== 'string' || !KEY.test(key) || key.length > LONGEST_KEY) throw new BadKey()
  if (count === 1 && !isPartial) return () => key
  const seen = new Map<string, number>()
  return (data) => {
    const id = `${key}/${createHash('sha256').update(data).digest('hex').slice(0, 32)}`
    const before = seen.get(id) ?? 0
    seen.set(id, before + 1)
    return before === 0 ? id : `${id}/${before}`
  }
}
