import { readFileSync } from 'node:fs'
import t from 'tap'
import { startLocalCloud } from '../../../src/index.ts'
import { startProcess } from '../../local-cloud-process.ts'

/** `ROWS=…` reads so many: 5,000,000 take 257 MB more, with three more such results beside them; 273 MB where the heap has no limit. */
const ROWS = Number(process.env['ROWS'] ?? 400_000)
/** Of one such result as JavaScript's objects there is no room. */
const HEAP_MB = 96

interface Page {
  readonly rows?: readonly { readonly f: readonly { readonly v: string }[] }[]
  readonly totalRows?: string
  readonly pageToken?: string
  readonly jobReference: { readonly jobId: string }
  readonly error?: { readonly message: string }
}

const asked = async (url: string, body?: object): Promise<Page> => {
  const init = body && {
    method: 'POST',
    body: JSON.stringify({ timeoutMs: 180_000, ...body }),
    headers: { 'content-type': 'application/json' },
  }
  const page = (await (await fetch(url, init)).json()) as Page
  if (page.error) throw new Error(page.error.message)
  return page
}

const numbers = (to: number, order = '') =>
  `SELECT n, CONCAT('row ', CAST(n AS STRING)) AS label FROM UNNEST(GENERATE_ARRAY(1, ${to})) AS n ${order}`

t.test(
  'results larger than the heap are read page by page, while others are kept',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const { child, bigqueryUrl, kill } = await startProcess([], [`--max-old-space-size=${HEAP_MB}`])
    t.teardown(() => kill('SIGKILL'))
    const queries = `${bigqueryUrl}/bigquery/v2/projects/p/queries`
    const rss = () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024
    await asked(queries, { query: numbers(10), useLegacySql: false })
    const before = rss()
    let most = 0
    for (let kept = 0; kept < 3; kept++)
      await asked(queries, { query: numbers(ROWS), useLegacySql: false, maxResults: 1 })
    const first = await asked(queries, {
      query: numbers(ROWS, 'ORDER BY n DESC'),
      useLegacySql: false,
      maxResults: 7,
    })
    let count = first.rows!.length
    let last = ROWS + 1 - count
    for (let token = first.pageToken; token !== undefined;) {
      const page = await asked(`${queries}/${first.jobReference.jobId}?pageToken=${token}&maxResults=20000`)
      for (const { f } of page.rows!)
        if (Number(f[0]!.v) !== --last) throw new Error(`row ${f[0]!.v} is not ${last}`)
      count += page.rows!.length
      token = page.pageToken
      most = Math.max(most, rss())
    }
    t.equal(count, ROWS)
    t.equal(first.totalRows, String(ROWS))
    const more = Math.round(most - before)
    t.comment(`${more} MB more`)
    t.ok(more < 300, `${more} MB more`)
  },
)

t.test(
  'a large result stays what it was when its table changes, and keeps its types, names and empty arrays',
  async (t) => {
    const cloud = await startLocalCloud()
    t.teardown(() => cloud.close())
    const queries = `http://127.0.0.1:${cloud.bigqueryPort}/bigquery/v2/projects/p/queries`
    const query = `SELECT n, n AS m, [STRUCT(n AS a, NULL AS b)] AS list, IF(n > 1, NULL, [1]) AS none FROM UNNEST(GENERATE_ARRAY(1, 30000)) AS n ORDER BY n`
    const first = await asked(queries, { query, useLegacySql: false, maxResults: 1 })
    t.same(first.rows, [
      { f: [{ v: '1' }, { v: '1' }, { v: [{ v: { f: [{ v: '1' }, { v: null }] } }] }, { v: [{ v: '1' }] }] },
    ])
    const later = await asked(`${queries}/${first.jobReference.jobId}?startIndex=29999`)
    t.same(later.rows, [
      {
        f: [{ v: '30000' }, { v: '30000' }, { v: [{ v: { f: [{ v: '30000' }, { v: null }] } }] }, { v: [] }],
      },
    ])
    t.notOk(later.pageToken)
  },
)
