import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startLocalCloud } from '@tablestream/local-cloud'
import t from 'tap'
import { onlyLong } from '../long-tests.ts'
import { skipped } from '../skipped.ts'
import { holds } from './page-block.ts'
import { missingTool, runTool } from './tools.ts'

// .ci/java-client prints it
const folder = process.env['JAVA_CLIENT']
const missing =
  folder === undefined ? 'JAVA_CLIENT names no folder with clients for Java' : missingTool('java')
const day = fileURLToPath(new URL('java/Day.java', import.meta.url))

t.test('the program in Java is what the page of local-cloud shows', async (t) => {
  t.ok(holds(readFileSync(day, 'utf8'), 'java', 'Publisher.newBuilder('))
})

t.test(
  "a day with Google's clients for Java",
  { skip: skipped(onlyLong || missing), timeout: 480_000 },
  async (t) => {
    const cloud = await startLocalCloud()
    t.teardown(() => cloud.close())
    const said = await runTool('java', ['-cp', `${folder}/*`, day], { ...cloud.environment })
    for (const step of [
      'messages true 50',
      'insertAll {}',
      'patch who buys',
      'append false',
      'query Ada Bob',
    ])
      t.ok(said.includes(`ok ${step}\n`), `${step}: ${said}`)
  },
)
