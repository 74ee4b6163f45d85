import t from 'tap'
import { openClient } from '../../open-bigquery.ts'

async function open(t: { teardown: (done: () => Promise<void>) => void }) {
  const { root, bigquery, dataset } = await openClient(t)
  const rows = async (sql: string) => (await bigquery.query(sql))[0] as Record<string, unknown>[]
  return { root, bigquery, dataset, rows }
}

const SCHEMA = {
  fields: [
    { name: 'n', type: 'INTEGER' },
    { name: 's', type: 'STRING' },
  ],
}

function load(tableId: string, more: object): { configuration: { load: object } } {
  const destinationTable = { projectId: 'p', datasetId: 'd', tableId }
  return { configuration: { load: { destinationTable, schema: SCHEMA, ...more } } }
}

async function answer(response: Response) {
  const text = await response.text()
  return { code: response.status, ...(text === '' ? {} : (JSON.parse(text) as object)) }
}

for (const [how, end] of [
  ['CRLF', '\r\n'],
  ['LF', '\n'],
] as const) {
  t.test(`a load job comes with its bytes in one request (${how})`, async (t) => {
    const { root, rows } = await open(t)
    const parts = [
      ['application/json', JSON.stringify(load('t', { sourceFormat: 'CSV' }))],
      ['*/*', '1,one\n2,"two\nlines"\n'],
    ]
    const body = parts
      .map(([type, text]) => `--==x==${end}content-type: ${type}${end}${end}${text}${end}`)
      .join('')
    const url = `${root}/upload/bigquery/v2/projects/p/jobs?uploadType=multipart`
    const headers = { 'content-type': 'multipart/related; boundary="==x=="' }
    const sent = await fetch(url, { method: 'POST', headers, body: `${body}--==x==--${end}` })
    t.match(await answer(sent), {
      code: 200,
      configuration: { load: { destinationTable: { tableId: 't' } } },
      statistics: { load: { inputFiles: '1', inputFileBytes: '20', outputRows: '2' } },
    })
    t.same(await rows('SELECT * FROM d.t ORDER BY n'), [
      { n: 1, s: 'one' },
      { n: 2, s: 'two\nlines' },
    ])
  })
}

const GRAIN = 256 << 10

for (const prefix of ['', '/resumable']) {
  t.test(`a load job comes with its bytes in pieces (${prefix}/upload)`, async (t) => {
    const { root, rows } = await open(t)
    const begun = await fetch(`${root}${prefix}/upload/bigquery/v2/projects/p/jobs?uploadType=resumable`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-upload-content-type': '*/*' },
      body: JSON.stringify(load('t', { sourceFormat: 'NEWLINE_DELIMITED_JSON' })),
    })
    const url = begun.headers.get('location')!
    t.ok(url.startsWith(`${root}${prefix}/upload/bigquery/v2/projects/p/jobs?`))
    const all = Buffer.from(
      Array.from({ length: 9000 }, (_, n) => `{"n":${n},"s":"${'x'.repeat(40)}"}\n`).join(''),
    )
    const put = (body: Buffer | undefined, range: string) =>
      fetch(url, {
        method: 'PUT',
        headers: { 'content-range': range },
        ...(body && { body: new Uint8Array(body) }),
      })
    const open1 = await put(all.subarray(0, GRAIN), `bytes 0-${GRAIN - 1}/*`)
    t.equal(open1.status, 308)
    t.equal(open1.headers.get('range'), `bytes=0-${GRAIN - 1}`)
    t.equal((await put(undefined, 'bytes */*')).headers.get('range'), `bytes=0-${GRAIN - 1}`)
    t.equal(
      (await put(all.subarray(GRAIN + 5), `bytes ${GRAIN + 5}-${all.length - 1}/${all.length}`)).status,
      400,
    )
    const done = await answer(
      await put(all.subarray(GRAIN), `bytes ${GRAIN}-${all.length - 1}/${all.length}`),
    )
    t.match(done, { code: 200, statistics: { load: { outputRows: '9000' } } })
    // a client that has not heard the answer asks again, and nothing is loaded twice
    t.same(await answer(await put(undefined, `bytes */${all.length}`)), done)
    t.same(await rows('SELECT COUNT(*) AS n, SUM(n) AS sum FROM d.t'), [{ n: 9000, sum: (8999 * 9000) / 2 }])
  })
}

t.test('what is wrong with an upload is named', async (t) => {
  const { root } = await open(t)
  const post = async (query: string, job: object, type = 'application/json') => {
    const url = `${root}/upload/bigquery/v2/projects/p/jobs${query}`
    return answer(
      await fetch(url, { method: 'POST', headers: { 'content-type': type }, body: JSON.stringify(job) }),
    )
  }
  t.match(await post('?uploadType=media', {}), {
    code: 400,
    error: { message: /Invalid upload type: media/ },
  })
  t.match(await post('?uploadType=multipart', {}), { code: 400, error: { message: /multipart\/related/ } })
  const query = { configuration: { query: { query: 'SELECT 1', useLegacySql: false } } }
  const begun = await fetch(`${root}/upload/bigquery/v2/projects/p/jobs?uploadType=resumable`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(query),
  })
  const url = begun.headers.get('location')!
  t.match(await answer(await fetch(url, { method: 'PUT', body: 'x' })), {
    code: 400,
    error: { message: /Only a load job comes with an upload/ },
  })
  t.match(await answer(await fetch(url, { method: 'PUT', body: 'x' })), { code: 404 })
  t.match(
    await answer(await fetch(url, { method: 'PUT', headers: { origin: 'https://evil.example' }, body: 'x' })),
    {
      code: 403,
    },
  )
})

t.test('a job is where its dataset is, and is not found elsewhere', async (t) => {
  const { bigquery, rows } = await open(t)
  const location = 'asia-northeast1'
  const far = bigquery.dataset('far', { location })
  await far.create()
  const [table] = await far.createTable('t', { schema: SCHEMA.fields })
  await table.insert({ n: 1, s: 'x' })
  const [job] = await bigquery.createQueryJob('SELECT * FROM far.t')
  t.equal(job.location, location)
  await t.rejects(bigquery.job(job.id!).getMetadata(), { code: 404 })
  t.match((await bigquery.job(job.id!, { location }).getMetadata())[0], { id: `p:${location}.${job.id}` })
  const elsewhere = { query: 'SELECT * FROM far.t', location: 'US' }
  await t.rejects(bigquery.query(elsewhere), /Dataset p:far was not found in location US/)
  const sourceTable = { projectId: 'p', datasetId: 'far', tableId: 't' }
  const extract = { sourceTable, destinationUris: ['gs://files/x'] }
  await t.rejects(bigquery.createJob({ configuration: { extract }, location: 'US' }), { code: 404 })
  await bigquery.dataset('d').createTable('near', { schema: SCHEMA.fields })
  await t.rejects(rows('SELECT COUNT(*) FROM far.t, d.near'), /was not found in location/)
})

t.test(
  'a load job may say twice where it runs, as Google’s client for Node does, but not two places',
  async (t) => {
    const { root } = await open(t)
    const send = async (location: string) => {
      const { configuration } = load('t', { sourceFormat: 'CSV', location })
      const job = {
        configuration,
        jobReference: { projectId: 'p', jobId: `job_${location}`, location: 'US' },
      }
      const body = `--x\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(job)}\r\n--x\r\ncontent-type: */*\r\n\r\n1,one\r\n--x--\r\n`
      const headers = { 'content-type': 'multipart/related; boundary=x' }
      return answer(
        await fetch(`${root}/upload/bigquery/v2/projects/p/jobs?uploadType=multipart`, {
          method: 'POST',
          headers,
          body,
        }),
      )
    }
    t.match(await send('US'), { code: 200, statistics: { load: { outputRows: '1' } } })
    t.match(await send('EU'), { code: 501, error: { message: /another location of a load job/ } })
  },
)
