import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startLocalCloud } from '@tablestream/local-cloud'
import t from 'tap'
import { onlyLong } from '../long-tests.ts'
import { skipped } from '../skipped.ts'
import { missingTool, runTool } from './tools.ts'

const folder = process.env['DBT_CLIENT']
const paths: Record<string, string> = folder === undefined ? {} : { PYTHONPATH: folder }
const skip = skipped(
  onlyLong || missingTool('python3', ['-c', 'import dbt.adapters.bigquery, dbt.cli'], paths),
)
const own = (path: string) => fileURLToPath(new URL(path, import.meta.url))

t.test(
  'a dbt project, built, changed and built again, and documented',
  { skip, timeout: 480_000 },
  async (t) => {
    const project = mkdtempSync(join(tmpdir(), 'dbt-project-'))
    t.teardown(() => rmSync(project, { recursive: true, force: true }))
    cpSync(own('dbt'), project, { recursive: true })
    const cloud = await startLocalCloud()
    t.teardown(() => cloud.close())
    const said = await runTool('python3', [own('python/dbt_project.py'), project], {
      ...cloud.environment,
      ...paths,
    })
    t.match(said, /^ok docs generate$/m)
  },
)
