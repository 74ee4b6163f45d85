import t from 'tap'
import { openClient } from '../open-bigquery.ts'

t.test('a query that tries the connection needs not say which SQL it is in', async (t) => {
  const { bigquery } = await openClient(t)
  const legacy = (query: string) => bigquery.query({ query, useLegacySql: true })
  t.same((await legacy('SELECT 100 AS foo'))[0], [{ foo: 100 }])
  await t.rejects(legacy("SELECT 'a'"), /legacy SQL/)
  await t.rejects(legacy('SELECT n FROM [d.t]'), /legacy SQL/)
})
