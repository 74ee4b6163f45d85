import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { PAGE_POLICY, pageFiles } from '../src/page-files.ts'

const folder = fileURLToPath(new URL('../page', import.meta.url))
const files = pageFiles(folder)
const MOST_BYTES = 150_000

t.test('all that a browser loads is less than 150 kB, as it is sent', (t) => {
  const sent = [...files.values()].reduce((sum, { gzip }) => sum + gzip.length, 0)
  t.ok(sent < MOST_BYTES, `${sent} bytes`)
  t.end()
})

t.test('what a script imports is served, and nothing else is asked for', (t) => {
  for (const [path, { body, type }] of files) {
    if (!type.startsWith('text/javascript')) continue
    for (const [, name] of body
      .toString()
      .matchAll(/^(?:import|export)\b[^'";]*?\bfrom\s*["']([^"']+)["']/gm)) {
      const target = new URL(name!, `http://page${path}`).pathname
      t.ok(files.has(target), `${path} imports ${name}`)
    }
  }
  for (const [path, { body }] of files) {
    if (path.startsWith('/lib/')) continue
    const addresses = body.toString().match(/https?:\/\/(?!www\.w3\.org\/2000\/svg)(?!localhost)[^\s'"`]+/g)
    t.equal(addresses, null, path)
  }
  t.end()
})

t.test('no script makes markup or code of text', (t) => {
  for (const file of globSync('*.ts', { cwd: folder })) {
    const text = readFileSync(`${folder}/${file}`, 'utf8')
    t.notMatch(
      text,
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setHTML/i,
      file,
    )
  }
  const index = readFileSync(`${folder}/index.html`, 'utf8')
  t.notMatch(index, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/, 'index.html')
  t.notMatch(PAGE_POLICY, /unsafe/)
  t.end()
})

t.test('that Node calls its stripping of types experimental is not told; what else warns is', (t) => {
  const script = `import { pageFiles } from '${new URL('../src/page-files.ts', import.meta.url).href}'
pageFiles('${folder}')
process.emitWarning('another', 'ExperimentalWarning')`
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  })
  t.notMatch(stderr, 'stripTypeScriptTypes')
  t.match(stderr, 'ExperimentalWarning: another')
  t.end()
})
