import t from 'tap'
import { openClient } from '../../open-bigquery.ts'

type Answer = Record<string, unknown> & { status: number; error?: { message: string } }

async function open(t: Parameters<typeof openClient>[0]) {
  const { root } = await openClient(t)
  const call = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const response = await fetch(`${root}/bigquery/v2/projects/p${path}`, {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, ...(text === '' ? {} : (JSON.parse(text) as object)) } as Answer
  }
  const schema = { fields: [{ name: 'n', type: 'INTEGER' }] }
  const table = (tableId: string, more: object = {}) =>
    call('POST', '/datasets/d/tables', { tableReference: { tableId }, schema, ...more })
  return { call, table, schema }
}

t.test('tables.update takes away what is not sent, tables.patch does not', async (t) => {
  const { call, table, schema } = await open(t)
  const labels = { a: '1', b: '2' }
  const made = await table('t', {
    description: 'old',
    friendlyName: 'T',
    labels,
    clustering: { fields: ['n'] },
  })
  t.match(await call('PATCH', '/datasets/d/tables/t', { description: 'new' }), { friendlyName: 'T', labels })
  const put = await call('PUT', '/datasets/d/tables/t', { schema, friendlyName: 'U', labels: { b: '3' } })
  t.match(put, { status: 200, friendlyName: 'U' })
  t.same(put['labels'], { b: '3' })
  t.notOk(put['description'])
  t.notOk(put['clustering'])
  const stale = { 'if-match': made['etag'] as string }
  t.equal((await call('PUT', '/datasets/d/tables/t', { schema }, stale)).status, 412)
})

t.test('the query alone of a view is changed, and how long a materialized one may be old', async (t) => {
  const { call } = await open(t)
  const make = (tableId: string, more: object) =>
    call('POST', '/datasets/d/tables', { tableReference: { tableId }, ...more })
  await make('v', { view: { query: 'SELECT 1 AS a', useLegacySql: false } })
  const view = { query: 'SELECT 2 AS b' }
  t.match(await call('PATCH', '/datasets/d/tables/v', { view }), {
    status: 200,
    view: { ...view, useLegacySql: false },
    schema: { fields: [{ name: 'b' }] },
  })
  const described = { fields: [{ name: 'b', type: 'INT64', description: 'two' }] }
  t.match(
    await call('PUT', '/datasets/d/tables/v', { view: { ...view, useLegacySql: false }, schema: described }),
    {
      schema: { fields: [{ name: 'b', type: 'INTEGER', description: 'two' }] },
    },
  )
  await call('POST', '/datasets/d/tables', {
    tableReference: { tableId: 't' },
    schema: { fields: [{ name: 'n', type: 'INTEGER' }] },
  })
  const query = 'SELECT COUNT(*) AS c FROM d.t'
  await make('m', { materializedView: { query, enableRefresh: true } })
  t.match(
    await call('PATCH', '/datasets/d/tables/m', { materializedView: { refreshIntervalMs: '3600000' } }),
    {
      status: 200,
      materializedView: { query, refreshIntervalMs: '3600000' },
    },
  )
})

t.test('datasets.patch takes an empty storageBillingModel for none', async (t) => {
  const { call } = await open(t)
  await call('PATCH', '/datasets/d', { storageBillingModel: 'PHYSICAL' })
  t.match(await call('PATCH', '/datasets/d', { storageBillingModel: '', description: 'x' }), {
    status: 200,
    storageBillingModel: 'PHYSICAL',
  })
})

t.test('a dataset has the access that Google gives one, until somebody says another', async (t) => {
  const { call } = await open(t)
  const groups = ['projectWriters', 'projectOwners', 'projectReaders']
  const { access } = (await call('GET', '/datasets/d')) as { access?: { specialGroup?: string }[] }
  t.same(
    access!.flatMap(({ specialGroup }) => specialGroup ?? []),
    groups,
  )
  const jane = { role: 'READER', userByEmail: 'jane@example.com' }
  t.match(await call('PATCH', '/datasets/d?accessPolicyVersion=3', { access: [...access!, jane] }), {
    access: { length: 5, 4: jane },
  })
  t.match(await call('PATCH', '/datasets/d', { description: 'x' }), { access: { length: 5 } })
})

t.test('a table is where its dataset is', async (t) => {
  const { call, schema } = await open(t)
  await call('POST', '/datasets', { datasetReference: { datasetId: 'eu' }, location: 'EU' })
  const made = await call('POST', '/datasets/eu/tables', { tableReference: { tableId: 't' }, schema })
  t.match(made, { location: 'EU' })
  t.match(await call('GET', '/datasets/eu/tables/t'), { location: 'EU' })
})

t.test('datasets.update takes away what is not sent', async (t) => {
  const { call } = await open(t)
  await call('PATCH', '/datasets/d', { description: 'old', friendlyName: 'D', labels: { a: '1', b: '2' } })
  const put = await call('PUT', '/datasets/d', { friendlyName: 'E', labels: { b: '3' } })
  t.match(put, { status: 200, friendlyName: 'E' })
  t.same(put['labels'], { b: '3' })
  t.notOk(put['description'])
})

t.test('a table keeps its IAM policy, under its etag, as long as it is there', async (t) => {
  const { call, table } = await open(t)
  await table('t')
  const iam = (method: string, body: object = {}, id = 't') =>
    call('POST', `/datasets/d/tables/${id}:${method}`, body)
  const bindings = [{ role: 'roles/bigquery.dataViewer', members: ['user:a@example.com'] }]
  const { etag } = await iam('getIamPolicy', { options: { requestedPolicyVersion: 1 } })
  t.match(await iam('setIamPolicy', { policy: { bindings, etag } }), { status: 200, bindings })
  t.match(await iam('getIamPolicy'), { bindings })
  t.equal((await iam('setIamPolicy', { policy: { bindings: [], etag } })).status, 412)
  t.equal((await iam('setIamPolicy', { policy: { bindings: [{ role: 'owner', members: [] }] } })).status, 400)
  const permissions = ['bigquery.tables.get']
  t.match(await iam('testIamPermissions', { permissions }), { permissions })
  t.equal((await iam('testIamPermissions', { permissions: ['everything'] })).status, 400)
  t.equal((await iam('getIamPolicy', {}, 'nobody')).status, 404)
  t.equal((await iam('frobnicate')).status, 501)
  await call('DELETE', '/datasets/d/tables/t')
  await table('t')
  t.same((await iam('getIamPolicy'))['bindings'], [])
})

const LONG =
  'SELECT COUNT(*) AS n FROM UNNEST(GENERATE_ARRAY(1, 30000)) AS a, UNNEST(GENERATE_ARRAY(1, 30000)) AS b WHERE MOD(a * b, 7) = 3'

t.test('a query ends with its time, and where it is cancelled', async (t) => {
  const { call } = await open(t)
  const query = { query: LONG, useLegacySql: false }
  t.match(await call('POST', '/queries', { ...query, jobTimeoutMs: '50', timeoutMs: 60_000 }), {
    status: 400,
    error: { message: /Operation timed out after 50 ms/, errors: [{ reason: 'timeout' }] },
  })
  const job = await call('POST', '/queries', { ...query, timeoutMs: 0 })
  t.match(job, { jobComplete: false })
  const { jobId } = job['jobReference'] as { jobId: string }
  t.equal((await call('POST', `/jobs/${jobId}/cancel`)).status, 200)
  t.match(await call('GET', `/queries/${jobId}?timeoutMs=60000`), {
    status: 400,
    error: { errors: [{ reason: 'stopped' }] },
  })
  t.match(await call('GET', `/jobs/${jobId}`), {
    status: { state: 'DONE', errorResult: { reason: 'stopped' } },
  })
  t.equal((await call('POST', '/queries', { ...query, jobTimeoutMs: 'soon' })).status, 400)
  const quick = { query: 'SELECT 1 AS n', useLegacySql: false, jobTimeoutMs: '60000' }
  t.match(await call('POST', '/queries', quick), { jobComplete: true })
})

t.test(
  'the job of a statement that changes or fills a table has the table for its destination',
  async (t) => {
    const { call, table } = await open(t)
    await table('t')
    const destinationOf = async (query: string) => {
      const job = await call('POST', '/jobs', { configuration: { query: { query, useLegacySql: false } } })
      const { query: told } = job['configuration'] as { query: { destinationTable?: object } }
      return told.destinationTable
    }
    const named = (tableId: string) => ({ projectId: 'p', datasetId: 'd', tableId })
    t.same(await destinationOf('INSERT INTO d.t (n) VALUES (1)'), named('t'))
    t.same(await destinationOf('CREATE TABLE d.made AS SELECT 1 AS n'), named('made'))
    t.same(
      await destinationOf('MERGE d.made AS m USING d.t AS t ON m.n = t.n WHEN MATCHED THEN DELETE'),
      named('made'),
    )
    const { datasetId, tableId } = (await destinationOf('SELECT n FROM UNNEST([1, 2]) AS n')) as {
      datasetId: string
      tableId: string
    }
    const result = `/datasets/${datasetId}/tables/${tableId}`
    t.match(await call('GET', result), { numRows: '2', schema: { fields: [{ name: 'n', type: 'INTEGER' }] } })
    t.match(await call('GET', `${result}/data?startIndex=1`), { totalRows: '2', rows: [{ f: [{ v: '2' }] }] })
    t.equal((await call('GET', `/datasets/${datasetId}/tables/nobody`)).status, 404)
  },
)

t.test('a column that is no RECORD may come with an empty list of fields', async (t) => {
  const { call, table } = await open(t)
  await table('t')
  const fields = [{ name: 'n', type: 'INTEGER', description: 'a number', fields: [] }]
  await call('PATCH', '/datasets/d/tables/t', { schema: { fields } })
  t.match(await call('POST', '/queries', { query: 'SELECT n + 1 AS m FROM d.t', useLegacySql: false }), {
    status: 200,
    schema: { fields: [{ name: 'm', type: 'INTEGER' }] },
  })
})

t.test('tables.get tells the columns that selectedFields names, as bq head asks for them', async (t) => {
  const { call } = await open(t)
  const fields = [
    { name: 'a', type: 'STRING' },
    { name: 'b', type: 'INTEGER' },
  ]
  await call('POST', '/datasets/d/tables', { tableReference: { tableId: 't' }, schema: { fields } })
  t.match(await call('GET', '/datasets/d/tables/t?selectedFields=B'), { schema: { fields: [fields[1]] } })
  t.equal((await call('GET', '/datasets/d/tables/t?selectedFields=c')).status, 400)
})

t.test('a dataset takes no tags, and an empty list of them, as bq update sends it', async (t) => {
  const { call } = await open(t)
  t.match(await call('PATCH', '/datasets/d', { description: 'x', resourceTags: {} }), { description: 'x' })
  t.equal((await call('PATCH', '/datasets/d', { resourceTags: { 'p/k': 'v' } })).status, 501)
})

t.test('a project has a number and a name, which clients of Python read', async (t) => {
  const { call } = await open(t)
  const { projects } = await call('GET', '/../../projects')
  t.match(projects, [{ id: 'p', numericId: /^[1-9]\d*$/, friendlyName: 'p' }])
})

t.test('each method that the discovery document has is there', async (t) => {
  const { call } = await open(t)
  const { root } = await openClient(t)
  const document = (await (await fetch(`${root}/discovery/v1/apis/bigquery/v2/rest`)).json()) as {
    resources: Record<string, { methods: Record<string, { httpMethod: string; flatPath: string }> }>
  }
  for (const { methods } of Object.values(document.resources))
    for (const [name, { httpMethod, flatPath }] of Object.entries(methods)) {
      const path = flatPath.replace(/^projects\/\{projectId\}/, '').replace(/\{\w+\}/g, 'none')
      if (path.startsWith('projects')) continue
      const { error } = await call(
        httpMethod,
        path,
        httpMethod === 'GET' || httpMethod === 'DELETE' ? undefined : {},
      )
      t.notMatch(error?.message ?? '', /does not support (GET|POST|PUT|PATCH|DELETE) /, `${name} ${path}`)
    }
})
