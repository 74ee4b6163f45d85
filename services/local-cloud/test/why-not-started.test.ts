import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { startLocalCloud } from '../src/index.ts'
import { whyNotStarted } from '../src/why-not-started.ts'

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url))

/** What the command says before it ends. */
function run(args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const ports = [
    '--pubsub-port',
    '0',
    '--bigquery-port',
    '0',
    '--storage-write-port',
    '0',
    '--storage-port',
    '0',
  ]
  const child = spawn(process.execPath, [cli, ...ports, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, said: said.trim() })))
}

t.test('a data folder that cannot be used is told in one sentence', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'why-'))
  const cloud = await startLocalCloud({ dataFolder: join(folder, 'used') })
  t.teardown(async () => {
    await cloud.close()
    rmSync(folder, { recursive: true, force: true })
  })
  writeFileSync(join(folder, 'file'), '')
  const used = await run(['--data', join(folder, 'used')])
  t.equal(used.code, 1)
  t.match(used.said, /^local-cloud: the data folder \S+used cannot be used: another process uses it.*\.$/)
  const file = await run(['--data', join(folder, 'file')])
  t.equal(file.code, 1)
  t.match(file.said, /^local-cloud: the data folder \S+file cannot be used: it is a file\.$/)
  if (process.platform === 'linux') {
    const nowhere = await run(['--data', '/proc/nowhere/data'])
    t.equal(nowhere.code, 1)
    t.equal(
      nowhere.said,
      'local-cloud: the data folder /proc/nowhere/data cannot be used: no folder can be made there.',
    )
  }
  const taken = await run(['--pubsub-port', String(cloud.pubsubPort)])
  t.equal(taken.code, 1)
  t.match(
    taken.said,
    new RegExp(`^local-cloud: port ${cloud.pubsubPort} is in use: is local-cloud running already\\?$`),
  )
})

t.test(
  'a read-only folder, a full disk and a foreign one have their sentence; the rest keeps its stack',
  (t) => {
    const coded = (code: string) => whyNotStarted(Object.assign(new Error('x'), { code }), '.local')
    t.equal(coded('EROFS'), 'the data folder .local cannot be used: it is read-only.')
    t.equal(coded('EACCES'), 'the data folder .local cannot be used: this user may not write there.')
    t.equal(coded('ENOSPC'), 'the data folder .local cannot be used: there is no space left on its disk.')
    t.match(
      whyNotStarted(new Error('IO Error: Cannot open file: Read-only file system'), '.local'),
      /read-only/,
    )
    t.equal(whyNotStarted(new TypeError('of ours'), '.local'), undefined)
    t.end()
  },
)
