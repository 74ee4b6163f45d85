import t from 'tap'
import { openRest } from '../open-bigquery.ts'

interface Answer {
  readonly rows?: readonly { readonly f: readonly { readonly v: string | null }[] }[]
  readonly error?: { readonly message: string }
}

const FROM = `FROM UNNEST([STRUCT('x' AS a, 1 AS b), ('x', 2), ('y', 1)])`

/** What GROUP BY has, and the rows, in an order of their own. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'GROUPING SETS (a, b, ())': ['- - 3', '- 1 2', '- 2 1', 'x - 2', 'y - 1'],
  'GROUPING SETS ((a, b), ())': ['- - 3', 'x 1 1', 'x 2 1', 'y 1 1'],
  'GROUPING SETS ((a), a)': ['x - 2', 'x - 2', 'y - 1', 'y - 1'],
  'GROUPING SETS (b, ROLLUP (a))': ['- - 3', '- 1 2', '- 2 1', 'x - 2', 'y - 1'],
  'GROUPING SETS (CUBE ((a, b)))': ['- - 3', 'x 1 1', 'x 2 1', 'y 1 1'],
  'CUBE (a, b)': ['- - 3', '- 1 2', '- 2 1', 'x - 2', 'x 1 1', 'x 2 1', 'y - 1', 'y 1 1'],
  'ROLLUP (a, b)': ['- - 3', 'x - 2', 'x 1 1', 'x 2 1', 'y - 1', 'y 1 1'],
  'ROLLUP ((a, b))': ['- - 3', 'x 1 1', 'x 2 1', 'y 1 1'],
  'ROLLUP (1, 2)': ['- - 3', 'x - 2', 'x 1 1', 'x 2 1', 'y - 1', 'y 1 1'],
}

t.test('rows are grouped by several sets at once', async (t) => {
  const { ask } = await openRest<Answer>(t)
  const rows = async (query: string) => {
    const { error, rows: found = [] } = await ask(query)
    return error?.message ?? found.map(({ f }) => f.map(({ v }) => v ?? '-').join(' ')).toSorted()
  }
  for (const [by, wanted] of Object.entries(GROUPS)) {
    const isB = / b|, 2/.test(by) || by.includes('(b')
    const found = await rows(
      `SELECT a, ${isB ? 'b' : 'CAST(NULL AS INT64)'}, COUNT(*) ${FROM} GROUP BY ${by}`,
    )
    t.same(found, wanted, by)
  }
  t.same(await rows(`SELECT COUNT(*) ${FROM} GROUP BY GROUPING SETS (())`), ['3'])
  t.same(await rows(`SELECT a, GROUPING(a) ${FROM} GROUP BY ROLLUP (a) HAVING GROUPING(a) = 1`), ['- 1'])
  t.same(
    await rows(
      `SELECT UPPER(a) AS u, GROUPING(UPPER(a)) ${FROM.replaceAll("'x'", 'NULL')} GROUP BY ROLLUP (u)`,
    ),
    ['- 0', '- 1', 'Y 0'],
  )
  t.match(await rows(`SELECT a, b ${FROM} GROUP BY ROLLUP (a)`), /neither grouped nor aggregated/)
  t.match(await rows(`SELECT GROUPING(b) ${FROM} GROUP BY ROLLUP (a)`), /GROUPING/)
  t.match(await rows(`SELECT a ${FROM} WHERE GROUPING(a) = 1 GROUP BY ROLLUP (a)`), /GROUPING/)
  t.match(await rows(`SELECT a ${FROM} GROUP BY CUBE (a`), /is not closed/)
})
