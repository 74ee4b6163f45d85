import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeFolder } from '@tablestream/local-cloud/make-folder'
import t, { type Test } from 'tap'
import { readRunning, writeRunning } from '../scripts/start/running.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

function run(script: string, args: readonly string[], env = process.env) {
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [`${root}scripts/${script}`, ...args],
      { env },
      (_, stdout, stderr) => resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

function folderFor(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tablestream-running-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const PORTS = { 'stream-writer': 59_999, 'Pub/Sub': 59_998 } as unknown as Parameters<
  typeof writeRunning
>[1]['ports']

/** It may be called anything: what counts is which process it is. */
function sleeper(t: Test) {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

t.test('npm stop ends the npm start of a folder, with and without ps', async (t) => {
  for (const env of [process.env, { ...process.env, PATH: '' }]) {
    const folder = folderFor(t)
    const child = sleeper(t)
    writeRunning(folder, { pid: child.pid!, started: 'now', ports: PORTS })
    t.match(await run('status.ts', ['--data', folder], env), {
      status: 1,
      stdout: /stream-writer +59999 {2}does not listen/,
    })
    const ended = once(child, 'exit')
    t.match(await run('stop.ts', ['--data', folder], env), { status: 0, stdout: /^stopped \(process/ })
    t.same(await ended, [null, 'SIGTERM'])
    t.match(await run('stop.ts', ['--data', folder], env), { status: 0, stdout: /^no npm start uses/ })
    t.match(await run('status.ts', ['--data', folder], env), { status: 1, stdout: /^no npm start uses/ })
  }
})

t.test('a number that another process has now is no npm start of the folder', (t) => {
  const [first, second] = [folderFor(t), folderFor(t)]
  const file = join(first, 'npm-start.json')
  const running = { pid: sleeper(t).pid!, started: 'now', ports: PORTS }
  writeRunning(first, running)
  t.same(readRunning(first), running)
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace(/"mark":"[^"]+"/, '"mark":"long ago"'))
  t.equal(readRunning(first), undefined, 'it began at another time')
  writeFileSync(join(second, 'npm-start.json'), text)
  t.equal(readRunning(second), undefined, 'it uses another folder, of which this one is a copy')
  writeRunning(first, { ...running, pid: process.pid })
  t.equal(readRunning(first), undefined, 'it is the one that asks')
  writeFileSync(file, '{')
  t.equal(readRunning(first), undefined)
  t.end()
})

t.test('--fresh drops no folder that holds something else', async (t) => {
  const folder = folderFor(t)
  writeFileSync(join(folder, 'thesis.txt'), 'years of work')
  const env = { LOCAL_PORT_OFFSET: '17000' }
  const child = spawn(process.execPath, [`${root}scripts/start.ts`, '--fresh', '--data', folder], {
    env: { ...process.env, ...env },
  })
  let said = ''
  child.stderr.on('data', (data: Buffer) => (said += data.toString()))
  const [status] = (await once(child, 'close')) as [number]
  t.equal(status, 1)
  t.match(said, /--fresh drops no folder that holds no data of npm start: .* has thesis\.txt/)
})

t.test('a data folder is made with those above it; where none can be made an error says so at once', (t) => {
  const folder = folderFor(t)
  makeFolder(join(folder, 'a', 'b'))
  makeFolder(join(folder, 'a', 'b'))
  t.ok(existsSync(join(folder, 'a', 'b')))
  writeFileSync(join(folder, 'file'), '')
  t.throws(() => makeFolder(join(folder, 'file')), { code: 'EEXIST' })
  t.throws(() => makeFolder(join(folder, 'file', 'c')), { code: 'ENOTDIR' })
  if (process.platform === 'linux') t.throws(() => makeFolder('/proc/nowhere/data'), { code: 'ENOENT' })
  t.end()
})
