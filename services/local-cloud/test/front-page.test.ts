import t from 'tap'
import { startLocalCloud } from '../src/index.ts'

t.test(
  '/ of the ports of BigQuery and Cloud Storage says what listens there, and where to read on',
  async (t) => {
    const cloud = await startLocalCloud()
    t.teardown(() => cloud.close())
    const apis = [
      ['BigQuery', cloud.bigqueryPort],
      ['Cloud Storage', cloud.storagePort],
    ] as const
    for (const [name, port] of apis) {
      const response = await fetch(`http://127.0.0.1:${port}/`)
      t.equal(response.status, 200)
      const told = (await response.json()) as Record<string, string>
      t.ok(told['api']!.startsWith(name))
      t.match(told['reference'], /^https:\/\/cloud\.google\.com\//)
      const tried = await fetch(told['try']!)
      t.equal(tried.status, 200, `${told['try']} answers`)
    }
    const unknown = await fetch(`http://127.0.0.1:${cloud.bigqueryPort}/nothing`)
    t.equal(unknown.status, 501, 'what is not there is refused by name, as ever')
  },
)
