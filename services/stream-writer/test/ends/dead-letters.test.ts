import { judge } from '@tablestream/contract'
import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import { DeadLetters } from '../../src/ends/dead-letters.ts'
import { AckIds } from '../../src/pull/ack-ids.ts'
import { LeaseBatch } from '../../src/pull/lease.ts'

t.test('a path of a megabyte makes no line of a megabyte in the log', async (t) => {
  const key = 'k'.repeat(1 << 20)
  const data = Buffer.from(`{"event_type":"x","${key}":{"a":1,"a":2}}`)
  const message = { data, attributes: {}, messageId: '1', publishTime: '2026-01-01T00:00:00Z' }
  const verdict = judge(message)
  if (verdict.outcome !== 'rejected') throw new Error('it has a key twice')
  for (const isTaken of [true, false]) {
    const lines: string[] = []
    const logger = createLogger({ service: 'test', level: 'silent' })
    const tell = (what: object) => void lines.push(JSON.stringify({ ...what, err: undefined }))
    logger.warn = tell
    logger.error = tell
    const publisher = {
      publish: () => (isTaken ? Promise.resolve(['1']) : Promise.reject(new Error('not now'))),
      check: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }
    const letters = new DeadLetters({ publisher, logger, subscription: 's' })
    const lease = new LeaseBatch(AckIds.copy(Buffer.from('a'), [0, 1]), Number.MAX_SAFE_INTEGER)
    t.equal(
      await letters.publish({ message, deliveryAttempt: 1, lease, place: 0 }, verdict, 'x', 'x'),
      isTaken,
    )
    t.equal(lines.length, 1)
    t.match(lines[0], /"reason":"duplicate_key","path":"\/kkk/)
    t.ok(lines[0]!.length < 4000, `${lines[0]!.length} characters`)
  }
})
