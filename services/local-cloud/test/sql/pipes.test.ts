import t from 'tap'
import { openRest } from '../open-bigquery.ts'

interface Answer {
  readonly schema?: { readonly fields: readonly { readonly name: string }[] }
  readonly rows?: readonly { readonly f: readonly { readonly v: string | null }[] }[]
  readonly error?: { readonly message: string }
}

const FRUITS = `CREATE TABLE d.fruits AS
  SELECT 'apple' AS item, 2 AS sales, 'fruit' AS kind UNION ALL
  SELECT 'carrot', 8, 'vegetable' UNION ALL
  SELECT 'apple', 7, 'fruit' UNION ALL
  SELECT 'banana', 5, 'fruit'`
const KINDS = `CREATE TABLE d.kinds AS SELECT 'fruit' AS kind, 10 AS tax UNION ALL SELECT 'nut', 20`

/** The query, the names of its columns, its rows. */
const QUERIES: readonly (readonly [query: string, names: string, rows: readonly string[]])[] = [
  ['FROM d.kinds |> ORDER BY tax', 'kind tax', ['fruit 10', 'nut 20']],
  ['SELECT tax FROM d.kinds |> ORDER BY tax DESC |> LIMIT 1', 'tax', ['20']],
  [
    `FROM d.fruits |> WHERE kind = 'fruit' |> WHERE sales > 2 |> SELECT item, sales * 2 AS twice, |> ORDER BY twice`,
    'item twice',
    ['banana 10', 'apple 14'],
  ],
  ['FROM d.fruits AS f |> WHERE f.sales = 8 |> SELECT f.item', 'item', ['carrot']],
  [
    'FROM d.fruits |> AGGREGATE SUM(sales) AS total, COUNT(*) AS n GROUP BY item |> ORDER BY item',
    'item total n',
    ['apple 9 2', 'banana 5 1', 'carrot 8 1'],
  ],
  ['FROM d.fruits |> AGGREGATE MAX(sales) AS most', 'most', ['8']],
  ['FROM d.fruits |> AGGREGATE GROUP BY kind |> ORDER BY kind', 'kind', ['fruit', 'vegetable']],
  [
    'FROM d.fruits |> AGGREGATE COUNT(*) AS n GROUP AND ORDER BY kind DESC, item',
    'kind item n',
    ['vegetable carrot 1', 'fruit apple 2', 'fruit banana 1'],
  ],
  [
    'FROM d.fruits |> AGGREGATE SUM(sales) AS total DESC GROUP BY UPPER(kind) AS name',
    'name total',
    ['FRUIT 14', 'VEGETABLE 8'],
  ],
  [
    'FROM d.fruits |> AGGREGATE SUM(sales) AS sales GROUP BY kind |> WHERE sales > 10 |> EXTEND sales / 2 AS half',
    'kind sales half',
    ['fruit 14 7'],
  ],
  [
    `FROM d.fruits |> EXTEND sales > 5 AS isMuch, LENGTH(item) AS size |> WHERE isMuch AND size = 5 |> DROP kind, isMuch`,
    'item sales size',
    ['apple 7 5'],
  ],
  [
    `FROM d.fruits |> SET sales = sales + 1, kind = 'x' |> RENAME item AS name, sales amount |> ORDER BY amount |> LIMIT 1`,
    'name amount kind',
    ['apple 3 x'],
  ],
  [
    'FROM d.fruits AS f |> JOIN d.kinds AS k ON f.kind = k.kind |> WHERE k.tax = 10 |> SELECT f.item, k.tax |> DISTINCT |> ORDER BY item',
    'item tax',
    ['apple 10', 'banana 10'],
  ],
  [
    `FROM d.fruits |> WHERE item = 'carrot' |> AS f |> LEFT JOIN d.kinds USING (kind) |> SELECT item, tax`,
    'item tax',
    ['carrot -'],
  ],
  [
    'FROM d.kinds |> SELECT kind |> UNION ALL (SELECT item FROM d.fruits), (FROM d.fruits |> SELECT kind) |> DISTINCT |> ORDER BY kind',
    'kind',
    ['apple', 'banana', 'carrot', 'fruit', 'nut', 'vegetable'],
  ],
  ['FROM d.kinds |> SELECT kind |> EXCEPT DISTINCT (SELECT kind FROM d.fruits)', 'kind', ['nut']],
  [
    'FROM d.fruits |> ORDER BY sales DESC |> LIMIT 3 OFFSET 1 |> ORDER BY sales |> LIMIT 2 |> SELECT sales',
    'sales',
    ['2', '5'],
  ],
  [
    `FROM d.fruits |> SELECT item, kind, sales |> PIVOT (SUM(sales) FOR kind IN ('fruit', 'vegetable')) |> ORDER BY item`,
    'item fruit vegetable',
    ['apple 9 -', 'banana 5 -', 'carrot - 8'],
  ],
  [
    'WITH w AS (FROM d.kinds |> WHERE tax > 10) FROM w |> EXTEND ROW_NUMBER() OVER (ORDER BY tax) AS place |> SELECT place, kind',
    'place kind',
    ['1 nut'],
  ],
  ['SELECT (FROM d.kinds |> AGGREGATE SUM(tax)) + 1 AS n', 'n', ['31']],
  [
    'SELECT x FROM (FROM d.kinds |> SELECT tax AS x) WHERE x IN (FROM d.kinds |> SELECT tax) AND x > 10',
    'x',
    ['20'],
  ],
  ['FROM UNNEST([3, 4]) AS n |> AGGREGATE SUM(n) AS sum', 'sum', ['7']],
  ['SELECT 3 | 4 AS n |> SELECT n | 8 AS m', 'm', ['15']],
  // the names of tables stay behind what changes columns, and mean what they meant
  [
    'FROM (SELECT 2 AS x, 3 AS y) AS t |> SET x = x * x, y = 8 |> SELECT t.x AS old, x, y',
    'old x y',
    ['2 4 8'],
  ],
  ['FROM (SELECT 1 AS x, 2 AS y) AS t |> DROP x |> SELECT t.x AS old, y', 'old y', ['1 2']],
  ['SELECT 1 AS x, 2 AS y |> AS t |> RENAME y AS z |> SELECT *, t.y AS old', 'x z old', ['1 2 2']],
  [
    `FROM d.fruits AS f |> EXTEND f.sales * 2 AS twice |> WHERE f.sales > 5 |> ORDER BY f.sales DESC |> LIMIT 1 |> SELECT f.item, twice`,
    'item twice',
    ['carrot 16'],
  ],
  [
    'FROM d.fruits AS f |> SELECT item |> AS g |> DISTINCT |> WHERE g.item > "b" |> ORDER BY item',
    'item',
    ['banana', 'carrot'],
  ],
  ['FROM UNNEST([1, 2, 3]) AS n |> EXTEND n * 2 AS m |> WHERE m > 4 |> SELECT n, m', 'n m', ['3 6']],
  [
    'FROM d.fruits AS f |> EXTEND 1 AS x |> JOIN d.kinds AS k ON f.kind = k.kind |> EXTEND k.tax + x AS y |> AGGREGATE MAX(y) AS most GROUP BY f.kind',
    'kind most',
    ['fruit 11'],
  ],
  ['(SELECT "a" AS id, 2 AS sales) AS s |> WHERE s.sales = 2 |> SELECT s.id', 'id', ['a']],
  [
    'FROM UNNEST([1, 2]) AS n |> SELECT AS STRUCT n, n + 1 AS m |> SELECT n + m AS k |> ORDER BY k',
    'k',
    ['3', '5'],
  ],
  [
    'FROM UNNEST([1, 2]) AS n |> SELECT n, SUM(n) OVER w AS s WINDOW w AS (ORDER BY n) |> EXTEND COUNT(*) OVER w AS c WINDOW w AS (ORDER BY n DESC) |> ORDER BY n',
    'n s c',
    ['1 1 2', '2 3 1'],
  ],
  ['FROM d.kinds |> TABLESAMPLE SYSTEM (0 PERCENT) |> AGGREGATE COUNT(*) AS n', 'n', ['0']],
  [
    'SELECT STRUCT(1 AS a, 2 AS b).*, [STRUCT(3 AS c)][0].*, (SELECT AS STRUCT 4 AS d, 5 AS e).* EXCEPT (e)',
    'a b c d',
    ['1 2 3 4'],
  ],
]

t.test('pipe operators change the rows of what stands before them, one after another', async (t) => {
  const { ask } = await openRest<Answer>(t)
  for (const statement of [FRUITS, KINDS]) t.notOk((await ask(statement)).error, statement)
  for (const [query, names, rows] of QUERIES) {
    const { error, schema, rows: found = [] } = await ask(query)
    const shown = found.map(({ f }) => f.map(({ v }) => v ?? '-').join(' '))
    t.equal(error?.message ?? schema?.fields.map(({ name }) => name).join(' '), names, query)
    const isOrdered = /ORDER BY|DESC/.test(query)
    t.same(isOrdered ? shown : shown.toSorted(), rows, query)
  }
  for (const [query, message] of [
    ['FROM d.kinds |>', /Expected a pipe operator/],
    ['FROM d.kinds |> LIMIT', /Syntax error/],
    ['FROM d.kinds |> DROP nothing', /Column nothing .* does not exist/],
    ['FROM d.kinds |> RENAME nothing AS x', /Column nothing .* does not exist/],
    ['FROM d.kinds |> SELECT tax |> WHERE kind = "x"', /Unrecognized name: kind/],
    ['FROM d.kinds |> WHERE tax', /WHERE clause should return type BOOL/],
    ['FROM d.kinds |> AGGREGATE tax GROUP BY kind', /tax/],
    ['FROM d.kinds |> ASSERT tax > 0', /the pipe operator ASSERT/],
    ['FROM d.kinds AS k |> SELECT tax |> WHERE k.tax = 1', /Unrecognized name: k.tax/],
    ['FROM d.kinds AS k |> AGGREGATE SUM(tax) AS n |> SELECT k.tax', /Unrecognized name: k.tax/],
    ['FROM d.kinds AS k |> AS l |> WHERE k.tax = 1', /Unrecognized name: k.tax/],
    ['SELECT (1 + 2).*', /Dot-star is not supported for type INT64/],
  ] as const)
    t.match((await ask(query)).error?.message, message, query)
  t.notOk((await ask('CREATE VIEW d.v AS FROM d.kinds |> WHERE tax > 10')).error)
  t.equal((await ask('FROM d.v |> SELECT kind')).rows?.[0]?.f[0]?.v, 'nut')
  t.notOk((await ask('CREATE TABLE d.made AS FROM d.kinds |> EXTEND 1 AS one')).error)
  t.equal((await ask('SELECT SUM(one) FROM d.made')).rows?.[0]?.f[0]?.v, '2')
})
