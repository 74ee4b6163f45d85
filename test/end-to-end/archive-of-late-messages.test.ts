import { readLedger } from '@tablestream/ledger'
import { withArchive } from '../../scripts/events/archived-record.ts'
import t from 'tap'
import { BUCKET, event, HOUR, openArchiver, TARGET } from './archiver.ts'

const since = new Date('2026-11-29T05:00:00Z')

t.test('what came late into an archived hour is in the ledger before the archive has it', async (t) => {
  const { publish, go, archive, bigquery } = await openArchiver(t)
  const ledger = async () => {
    const read = (published: string) => readLedger(bigquery, TARGET, { since, published })
    return (await withArchive(TARGET, `gs://${BUCKET}`, since, read)).done
  }
  await publish(event('page_view', 1))
  go(5 * HOUR)
  await archive()
  t.match((await ledger()).accounts, [{ messages: 1, missing: 1 }])
  go(-5 * HOUR)
  await publish(event('page_view', 2), { data: '{"event_type":"page_view","event_id":1e17}' })
  go(5 * HOUR)
  t.match((await ledger()).accounts, [{ messages: 3, missing: 3 }])
  await archive()
  t.match((await ledger()).accounts, [{ messages: 3, missing: 3 }])
})

t.test('an hour that is archived again while it is read is read again', async (t) => {
  const { publish, go, archive, bigquery } = await openArchiver(t)
  await publish(event('page_view', 1))
  go(5 * HOUR)
  await archive()
  go(-5 * HOUR)
  await publish(event('page_view', 2))
  go(5 * HOUR)
  let looks = 0
  const { done: ledger } = await withArchive(TARGET, `gs://${BUCKET}`, since, async (published) => {
    // its manifest was read, and its files go
    if (looks++ === 0) t.match(await archive(), [{ outcome: 'again', messages: 2 }])
    return readLedger(bigquery, TARGET, { since, published })
  })
  t.equal(looks, 2)
  t.match(ledger.accounts, [{ messages: 2 }])
})
