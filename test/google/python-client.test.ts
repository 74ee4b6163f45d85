import { fileURLToPath } from 'node:url'
import { startLocalCloud } from '@tablestream/local-cloud'
import t from 'tap'
import { onlyLong } from '../long-tests.ts'
import { skipped } from '../skipped.ts'
import { missingTool, runTool } from './tools.ts'

const NEEDS = 'import google.cloud.bigquery, google.cloud.bigquery_storage, pandas, pyarrow, db_dtypes'
// for this test alone: gcloud and bq are Python, too, and bring their own libraries
const folder = process.env['PYTHON_CLIENT']
const paths: Record<string, string> = folder === undefined ? {} : { PYTHONPATH: folder }
const skip = skipped(onlyLong || missingTool('python3', ['-c', NEEDS], paths))
const day = fileURLToPath(new URL('python/normal_day.py', import.meta.url))

t.test("a normal day with Google's BigQuery client for Python", { skip, timeout: 480_000 }, async (t) => {
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const said = await runTool('python3', [day], { ...cloud.environment, ...paths })
  t.match(said, /^ok delete_table, delete_dataset$/m)
})
