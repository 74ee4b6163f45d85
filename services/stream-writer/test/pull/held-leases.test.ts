import { setImmediate as turn } from 'node:timers/promises'
import { createLogger, steadyNow } from '@tablestream/service-kit'
import t from 'tap'
import { AckIds } from '../../src/pull/ack-ids.ts'
import { HeldLeases } from '../../src/pull/held-leases.ts'
import { LeaseBatch } from '../../src/pull/lease.ts'

const LEASE_SECONDS = 10

t.test('a clock that is set back for an hour lets no lease end, and keeps none that has ended', async (t) => {
  const { now } = Date
  t.teardown(() => (Date.now = now))
  let ms = now()
  Date.now = () => ms
  let extended = 0
  const leases = new HeldLeases({
    leaseSeconds: LEASE_SECONDS,
    extend: () => Promise.resolve(void extended++),
    logger: createLogger({ service: 'test', level: 'silent' }),
  })
  const lease = new LeaseBatch(AckIds.copy(Buffer.from('a'), [0, 1]), steadyNow() + LEASE_SECONDS * 1000)
  leases.add(lease)
  const after = async (passed: number): Promise<number> => {
    ms += passed
    leases.extend()
    await turn()
    return extended
  }
  t.equal(await after(2000), 1, 'who holds it is told')
  t.equal(await after(-3_600_000), 1)
  t.equal(await after(5000), 2)
  t.notOk(lease.isLost())
  ms += LEASE_SECONDS * 1000 + 1
  t.ok(lease.isLost())
})
