import { openClient } from './open-bigquery.ts'
import { rowWriter, writerClient, type RowsGo } from './writer-client.ts'

type Options = Parameters<typeof openClient>[1]

/**
 * A local-cloud with Google's clients for it, and the table `d.t`.
 *
 * @param fields the columns of the table, and those that a writer knows if nothing else is said; undefined: there is no table yet
 */
export async function openWriter(
  t: Parameters<typeof openClient>[0],
  fields: object[] | undefined,
  options?: Options,
) {
  const { cloud, bigquery, dataset } = await openClient(t, options)
  if (fields) await dataset.createTable('t', { schema: { fields } })
  const client = writerClient(cloud.storageWritePort)
  t.teardown(async () => client.close())
  const writerOf = (to: RowsGo, known = fields ?? [], rest: object = {}) => rowWriter(client, to, known, rest)
  /** Rows by a writer of their own. */
  const append = async (to: RowsGo, rows: object[], known?: object[], rest?: object) => {
    const { writer } = await writerOf(to, known, rest)
    return writer.appendRows(rows as never).getResult()
  }
  return { cloud, bigquery, dataset, client, writerOf, append }
}
