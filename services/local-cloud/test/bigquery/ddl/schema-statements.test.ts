import t from 'tap'
import { openClient } from '../../open-bigquery.ts'

t.test('SQL makes, changes and drops datasets', async (t) => {
  const { bigquery } = await openClient(t)
  const run = async (query: string) => (await bigquery.query(query))[0] as unknown[]
  const about = async (id: string) => (await bigquery.dataset(id).getMetadata())[0] as Record<string, unknown>
  await run(
    "CREATE SCHEMA IF NOT EXISTS `p`.`made` OPTIONS (description = 'a', labels = [('team', 'x')], default_table_expiration_days = 1.5)",
  )
  t.match(await about('made'), {
    description: 'a',
    labels: { team: 'x' },
    defaultTableExpirationMs: String(1.5 * 86_400_000),
    location: 'US',
  })
  await run('CREATE SCHEMA IF NOT EXISTS made')
  await t.rejects(run('CREATE SCHEMA made'), /Already Exists: Dataset p:made/)
  await run("ALTER SCHEMA made SET OPTIONS (description = 'b', default_table_expiration_days = NULL)")
  const changed = await about('made')
  t.match(changed, { description: 'b', labels: { team: 'x' } })
  t.notOk(changed['defaultTableExpirationMs'])
  await run('CREATE TABLE made.t (n INT64)')
  await t.rejects(run('DROP SCHEMA made'), /still in use/)
  await run('DROP SCHEMA made CASCADE')
  await t.rejects(run('DROP SCHEMA made'), { code: 404 })
  await run('DROP SCHEMA IF EXISTS made')
  await run("CREATE SCHEMA billed OPTIONS (storage_billing_model = 'PHYSICAL', max_time_travel_hours = 48)")
  t.match(await about('billed'), { storageBillingModel: 'PHYSICAL', maxTimeTravelHours: '48' })
  await t.rejects(run('CREATE SCHEMA x OPTIONS (is_case_insensitive = TRUE)'), /is_case_insensitive/)
  await t.rejects(run('CREATE SCHEMA x DEFAULT COLLATE "und:ci"'), /CREATE SCHEMA … DEFAULT/)
})
