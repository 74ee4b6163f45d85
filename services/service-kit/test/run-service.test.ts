import { spawnSync } from 'node:child_process'
import t from 'tap'

const kit = new URL('../src/index.ts', import.meta.url).href

t.test('what a program asks at no address is told in one line, with what it asked', (t) => {
  const script = `import { main } from '${kit}'
await main(async () => { new URL('127.0.0.1:9050/projects') })`
  const ran = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
  t.equal(ran.status, 1)
  t.match(
    ran.stderr,
    /^configuration: "127\.0\.0\.1:9050\/projects" is no address\. .* http:\/\/ or https:\/\/\n$/,
  )
  t.end()
})
