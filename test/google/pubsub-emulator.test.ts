import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { tellEventStories } from '../end-to-end/event-stories.ts'
import { freePorts } from '../end-to-end/free-ports.ts'
import { startPipeline, WITH_GENERATOR } from '../end-to-end/pipeline.ts'
import { onlyLong } from '../long-tests.ts'
import { skipped } from '../skipped.ts'
import { missingTool } from './tools.ts'

const skip = skipped(onlyLong || missingTool('gcloud', ['beta', 'emulators', 'pubsub', '--help']))

t.test("the same stories over Google's own Pub/Sub emulator", { skip, timeout: 480_000 }, async (t) => {
  const [port] = await freePorts(1)
  const folder = mkdtempSync(join(tmpdir(), 'pubsub-emulator-'))
  const args = [
    'beta',
    'emulators',
    'pubsub',
    'start',
    '--host-port',
    `127.0.0.1:${port}`,
    '--data-dir',
    folder,
  ]
  // a process group of its own: gcloud starts Java, and both have to go
  const emulator = spawn('gcloud', args, { stdio: 'ignore', detached: true })
  let ended = false
  emulator.once('exit', () => {
    ended = true
  })
  t.teardown(() => {
    if (!ended) process.kill(-emulator.pid!, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const isUp = await poll(
    async () => {
      if (ended) return false
      return (await fetch(`http://127.0.0.1:${port}/`)).ok ? true : undefined
    },
    { timeoutMs: 60_000, everyMs: 200, what: "Google's Pub/Sub emulator" },
  )
  if (!isUp) {
    t.comment(
      'skipped: gcloud is here, but its Pub/Sub emulator does not start (the component, or Java, is missing)',
    )
    return
  }
  const pipeline = await startPipeline({ services: WITH_GENERATOR, pubsubHost: `127.0.0.1:${port}` })
  t.teardown(() => pipeline.close())
  await tellEventStories(t, pipeline)
})
