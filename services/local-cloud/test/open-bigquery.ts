import { BigQuery, type BigQueryOptions } from '@google-cloud/bigquery'
import { startLocalCloud, type LocalCloudOptions } from '../src/index.ts'

interface Test {
  teardown(done: () => Promise<void>): unknown
}

/** A local-cloud with the dataset `d` in the project `p`; `post`, `get` and `ask` speak REST, as no client could hide what it says. */
export async function openRest<A>(t: Test, options: LocalCloudOptions = {}) {
  const cloud = await startLocalCloud(options)
  t.teardown(() => cloud.close())
  const root = `http://127.0.0.1:${cloud.bigqueryPort}/bigquery/v2/projects/p`
  const get = async (path: string): Promise<A> => (await (await fetch(`${root}/${path}`)).json()) as A
  const post = async (path: string, body: object): Promise<A> => {
    const response = await fetch(`${root}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return (await response.json()) as A
  }
  await post('datasets', { datasetReference: { datasetId: 'd' } })
  const ask = (query: string) => post('queries', { query, useLegacySql: false })
  return { post, get, ask }
}

/**
 * The same by Google's client. `root` is the address of its API.
 *
 * @param now the cloud's clock, in milliseconds since 1970 @param client options of the client
 */
export async function openClient(
  t: Test,
  { now, client }: { readonly now?: () => number; readonly client?: BigQueryOptions } = {},
) {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud(now && { now })
  t.teardown(() => cloud.close())
  const root = `http://127.0.0.1:${cloud.bigqueryPort}`
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: root, ...client })
  const [dataset] = await bigquery.createDataset('d')
  return { root, cloud, bigquery, dataset }
}
