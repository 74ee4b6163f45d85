import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { bundle, SERVICES } from '../../scripts/bundle.ts'
import { DATASET, settled, startPipeline } from './pipeline.ts'

const KEY = 'a key'
const API_KEYS = JSON.stringify({ test: { sha256: createHash('sha256').update(KEY).digest('hex') } })

t.test('bundles alone in an empty folder do the whole work', async (t) => {
  const bundles = mkdtempSync(join(tmpdir(), 'tablestream-bundles-'))
  t.teardown(() => rmSync(bundles, { recursive: true, force: true }))
  for (const service of SERVICES) await bundle(service, join(bundles, service))
  t.same(readdirSync(join(bundles, 'stream-writer')).toSorted(), [
    'farmhash_modern_bg.wasm',
    'server.cjs',
    'server.cjs.map',
  ])

  const pipeline = await startPipeline({ bundles, services: SERVICES, env: { API_KEYS } })
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
})
