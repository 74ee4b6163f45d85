import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { onlyLong } from '../long-tests.ts'
import { skipped } from '../skipped.ts'
import { startConsole } from './console-process.ts'
import { startPipeline } from './pipeline.ts'

// `npm run screenshots` walks through the page as a person does: a shop is started, an event is sent and followed to its row, a dead
// letter is opened. So it is also the test of the page on a real pipeline.
const KEY = 'a key'
const API_KEYS = JSON.stringify({ test: { sha256: createHash('sha256').update(KEY).digest('hex') } })
const SCRIPT = fileURLToPath(new URL('../../scripts/screenshots.ts', import.meta.url))
const PNG = Buffer.from('\x89PNG\r\n', 'latin1')
const skip = skipped(
  !existsSync('/usr/bin/chromium') && 'pictures of the console: there is no chromium on this machine',
)

t.test('pictures of the console are taken from a real run', { skip: onlyLong || skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tablestream-pictures-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const pipeline = await startPipeline({
    services: ['table-manager', 'stream-writer', 'event-generator', 'event-gateway'],
    env: { API_KEYS },
  })
  t.teardown(() => pipeline.close())
  const { url, service } = await startConsole(pipeline.cloud, {
    env: {
      METRICS_URLS: `stream-writer=${pipeline.writerUrl}`,
      GATEWAY_URL: pipeline.gatewayUrl,
      GATEWAY_KEY: KEY,
      GENERATOR_URL: pipeline.generatorUrl,
      MAY_REPLAY: 'true',
      MAY_SEND: 'true',
    },
  })
  t.teardown(() => service.stop())

  const { code, output } = await run(['--url', url, '--seconds', '8', '--folder', folder])
  t.equal(code, 0, output)
  t.same(readdirSync(folder).toSorted(), ['dead-letter.png', 'event.png', 'flow.png'])
  for (const file of readdirSync(folder))
    t.same(readFileSync(join(folder, file)).subarray(0, PNG.length), PNG, file)
})

t.test('where no console runs it says so, and how to start one', { skip }, async (t) => {
  const { code, output } = await run(['--url', 'http://127.0.0.1:9'])
  t.equal(code, 2)
  t.match(output, /npm run screenshots: nobody answers at http:\/\/127\.0\.0\.1:9: does `npm start` run\?/)
})

async function run(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [SCRIPT, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece: Buffer) => (output += piece.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}
