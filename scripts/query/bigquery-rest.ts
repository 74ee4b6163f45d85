// The local BigQuery's REST interface: a query, and all pages of its rows.

export interface Cell {
  readonly v: unknown
}
export interface Row {
  readonly f: readonly Cell[]
}
export interface Field {
  readonly name: string
  readonly type: string
  readonly mode?: string
  readonly fields?: readonly Field[]
}

/** A page of what BigQuery answers. */
interface Page {
  readonly schema?: { readonly fields?: readonly Field[] }
  readonly rows?: readonly Row[]
  readonly jobComplete?: boolean
  readonly pageToken?: string
  readonly totalRows?: string
  readonly numDmlAffectedRows?: string
  readonly jobReference?: { readonly jobId: string; readonly location?: string }
  readonly error?: { readonly message: string }
}

export interface Result {
  readonly fields: readonly Field[]
  /** Of all pages; undefined where the statement has no rows to give. */
  readonly total: number
  /** Rows that INSERT, UPDATE, DELETE or MERGE changed. */
  readonly affected: number | undefined
  /** Page by page: who reads them holds one at a time. */
  readonly pages: AsyncGenerator<readonly Row[]>
}

export interface Connection {
  /** Where BigQuery listens: http://localhost:9050 */
  readonly host: string
  readonly project: string
}

const PAGE_ROWS = 10_000
/** As many microseconds as a TIMESTAMP has: without it BigQuery gives seconds as a double, which rounds them. */
const FORMAT = { useInt64Timestamp: true }

/** @throws Error with BigQuery's own words, and where nobody answers with what to do */
export async function runQuery(connection: Connection, sql: string): Promise<Result> {
  let first = await ask(connection, '/queries', {
    query: sql,
    useLegacySql: false,
    maxResults: PAGE_ROWS,
    formatOptions: FORMAT,
  })
  while (first.jobComplete === false) first = await next(connection, first)
  return {
    fields: first.schema?.fields ?? [],
    total: Number(first.totalRows ?? 0),
    affected: first.numDmlAffectedRows === undefined ? undefined : Number(first.numDmlAffectedRows),
    pages: pagesFrom(connection, first),
  }
}

async function* pagesFrom(connection: Connection, first: Page): AsyncGenerator<readonly Row[]> {
  yield first.rows ?? []
  for (let page = first; page.pageToken !== undefined && page.pageToken !== '';) {
    const following = await next(connection, { jobReference: first.jobReference!, pageToken: page.pageToken })
    yield following.rows ?? []
    page = following
  }
}

function next(connection: Connection, { jobReference, pageToken }: Page): Promise<Page> {
  const parameters = new URLSearchParams({
    maxResults: String(PAGE_ROWS),
    'formatOptions.useInt64Timestamp': 'true',
    ...(pageToken !== undefined && { pageToken }),
    ...(jobReference?.location !== undefined && { location: jobReference.location }),
  })
  return ask(connection, `/queries/${encodeURIComponent(jobReference!.jobId)}?${parameters.toString()}`)
}

async function ask({ host, project }: Connection, path: string, body?: object): Promise<Page> {
  let response: Response
  try {
    response = await fetch(`${host}/bigquery/v2/projects/${project}${path}`, {
      method: body ? 'POST' : 'GET',
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
  } catch (error) {
    const { cause, message } = error as Error & { cause?: Error }
    throw new Error(
      `BigQuery does not answer at ${host}: is \`npm start\` running? (${cause?.message ?? message})`,
      {
        cause: error,
      },
    )
  }
  const text = await response.text()
  let page: Page
  try {
    page = JSON.parse(text) as Page
  } catch (error) {
    throw new Error(`${host} is no BigQuery: it answers ${response.status} ${text.slice(0, 100)}`, {
      cause: error,
    })
  }
  if (page.error) throw new Error(page.error.message)
  return page
}
