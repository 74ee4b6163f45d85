import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { bundle, SERVICES } from '../../scripts/bundle.ts'
import { startConsole } from './console-process.ts'
import { DATASET, settled, startPipeline, type Pipeline } from './pipeline.ts'

const KEY = 'a key'
/** How esbuild's `keepNames` gives a function its name back, each time that it is made. */
const NAMED_AGAIN = /=>[\w$]+\([\w$]+,\s*"name",\s*\{\s*value:/
const API_KEYS = JSON.stringify({ test: { sha256: createHash('sha256').update(KEY).digest('hex') } })

t.test('bundles alone in an empty folder do the whole work', async (t) => {
  const bundles = mkdtempSync(join(tmpdir(), 'tablestream-bundles-'))
  t.teardown(() => rmSync(bundles, { recursive: true, force: true }))
  await bundle(SERVICES, bundles)
  t.same(readdirSync(join(bundles, 'stream-writer')).toSorted(), [
    'farmhash_modern_bg.wasm',
    'server.cjs',
    'server.cjs.map',
  ])
  for (const service of SERVICES) {
    const text = readFileSync(join(bundles, service, 'server.cjs'), 'utf8')
    t.notOk(NAMED_AGAIN.test(text), `${service}: no function pays for its name when it is made`)
  }

  const services = SERVICES.filter((service) => service !== 'console')
  const pipeline = await startPipeline({ bundles, services, env: { API_KEYS } })
  t.teardown(() => pipeline.close())
  const { clients, generatorUrl, gatewayUrl } = pipeline
  for (const type of ['order', 'inventory', 'user_activity']) {
    const response = await fetch(`${generatorUrl}/generate/${type}?count=50`, { method: 'POST' })
    t.equal(response.status, 200)
  }
  const taken = await fetch(`${gatewayUrl}/events`, {
    method: 'POST',
    headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
    body: JSON.stringify({ event_type: 'page_view', url: '/home', new_field: 1 }),
  })
  t.equal(taken.status, 200)
  await clients.publish(['{"event_type":"order","order_id":"1"}'])
  await settled(pipeline)
  for (const table of ['orders', 'inventory', 'user_activity'])
    t.equal(await clients.count(`SELECT COUNT(DISTINCT event_id) FROM ${DATASET}.${table}`), 50, table)
  t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.page_view WHERE new_field = 1`), 1)

  for (const url of [generatorUrl, gatewayUrl]) {
    const page = await fetch(`${url}/docs/static/swagger-ui-bundle.js`)
    t.equal(page.status, 200, 'the pages of the API stand beside the bundle')
    await page.arrayBuffer()
  }
  await consoleShows(t, pipeline, join(bundles, 'console'))
})

/** The page with all that it loads, and what the API tells of the events above. */
async function consoleShows(t: Test, { cloud, writerUrl, gatewayUrl }: Pipeline, folder: string) {
  const env = { METRICS_URLS: `stream-writer=${writerUrl}`, GATEWAY_URL: gatewayUrl }
  const { url, service } = await startConsole(cloud, { bundle: folder, env })
  t.teardown(() => service.stop())
  const page = await (await fetch(`${url}/`)).text()
  const left = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!)
  t.ok(left.length >= 3, 'its scripts and styles')
  const seen = new Set<string>()
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    const response = await fetch(url + path)
    t.equal(response.status, 200, path)
    const text = await response.text()
    if (response.headers.get('content-type')?.startsWith('text/javascript'))
      for (const [, name] of text.matchAll(/\bfrom\s*["']([^"']+)["']/g))
        left.push(new URL(name!, url + path).pathname)
  }
  for (const library of ['preact', 'preact-hooks', 'htm', 'uplot'])
    t.ok(seen.has(`/lib/${library}.js`), library)
  const { tables } = (await (await fetch(`${url}/api/tables`)).json()) as { tables: { name: string }[] }
  t.ok(tables.some(({ name }) => name === 'page_view'))
  const { may } = (await (await fetch(`${url}/api/session`)).json()) as { may: Record<string, boolean> }
  t.match(may, { replay: false, send: false, sql: true })
}
