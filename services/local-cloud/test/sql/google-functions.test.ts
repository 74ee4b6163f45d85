import { readFileSync } from 'node:fs'
import t from 'tap'
import { FUNCTIONS_ELSEWHERE, TABLE_FUNCTIONS_ELSEWHERE } from '../../src/sql/elsewhere.ts'
import { knownFunctions } from '../../src/sql/functions/index.ts'
import { openSql } from './ask-sql.ts'

/** `group: NAMES` a line: all functions that BigQuery documents. */
const GOOGLES = readFileSync(new URL('google-functions.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .flatMap((line) => line.split(': ')[1]!.split(' '))

/** The parser knows these: they are served, or refused by name where they are parsed. */
const PARSED = ['ARRAY', 'CAST', 'SAFE_CAST', 'EXTRACT', 'COLLATE', 'GAP_FILL', 'RANGE_SESSIONIZE']

t.test('each function of BigQuery is served, or refused by its name', (t) => {
  const served = knownFunctions()
  const refused = [...FUNCTIONS_ELSEWHERE, ...TABLE_FUNCTIONS_ELSEWHERE]
  t.same(
    [...served.filter((name) => name !== 'EXISTS'), ...refused, ...PARSED].toSorted(),
    GOOGLES.toSorted(),
  )
  t.end()
})

t.test('a function that BigQuery has and local-cloud has not is no unknown one', async (t) => {
  const ask = await openSql(t)
  const cases = {
    'SELECT ST_BUFFER(NULL, 2)': 'local-cloud does not support the function ST_BUFFER',
    'SELECT SAFE.ST_DUMP(NULL)': 'local-cloud does not support the function ST_DUMP',
    'SELECT tf_idf(["a"], 10) OVER ()': 'local-cloud does not support the function TF_IDF',
    'SELECT AI.IF("x")': 'local-cloud does not support the function AI.IF',
    'SELECT * FROM EXTERNAL_QUERY("x", "SELECT 1")':
      'local-cloud does not support the table function EXTERNAL_QUERY',
    'SELECT * FROM ML.PREDICT(MODEL d.m, TABLE d.t)':
      'local-cloud does not support the table function ML.PREDICT',
    'SELECT * FROM VECTOR_SEARCH(TABLE d.t, "x", TABLE d.q, top_k => 1)':
      'local-cloud does not support the table function VECTOR_SEARCH',
    'SELECT NO_SUCH_THING(1)': 'Function not found: NO_SUCH_THING',
    'SELECT ST_NOTHING(1)': 'Function not found: ST_NOTHING',
    'SELECT * FROM ML.NOTHING(1)': 'Table-valued function not found: ML.NOTHING',
  }
  for (const [query, words] of Object.entries(cases)) {
    const told = await ask(query)
    t.ok('error' in told && told.error.includes(words), query, { told })
  }
})
