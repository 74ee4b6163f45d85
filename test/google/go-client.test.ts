import { readFileSync } from 'node:fs'
import { startLocalCloud } from '@tablestream/local-cloud'
import t from 'tap'
import { skipped } from '../skipped.ts'
import { holds } from './page-block.ts'
import { runTool } from './tools.ts'

// `cd test/google/go && go build -o /tmp/go-day .` makes it: minutes for the first time, which is why nobody makes it by itself
const program = process.env['GO_CLIENT']
const skip = skipped(program === undefined && 'GO_CLIENT names no program built of test/google/go')

t.test('the program in Go is what the page of local-cloud shows', async (t) => {
  const source = readFileSync(new URL('go/main.go', import.meta.url), 'utf8')
  t.ok(holds(source, 'go', 'EnableStorageReadClient('))
})

t.test("a day with Google's clients for Go", { skip, timeout: 480_000 }, async (t) => {
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const said = await runTool(program!, [], { ...cloud.environment })
  for (const step of ['messages 100 true', 'append', 'query [[Ada] [Bob]] storage read true 2'])
    t.ok(said.includes(`ok ${step}\n`), `${step}: ${said}`)
})
