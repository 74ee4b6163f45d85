import t from 'tap'
import { GrownMemory } from '../../../src/bigquery/results/grown-memory.ts'

const MB = 2 ** 20

t.test('memory is given back once the process has grown by much since it had least', async (t) => {
  let rss = 500 * MB
  let calls = 0
  const memory = new GrownMemory(
    async () => {
      calls++
      rss -= 10 * MB
    },
    () => rss,
  )
  rss = 540 * MB
  await memory.giveBackIfGrown()
  t.equal(calls, 0)
  rss = 400 * MB
  await memory.giveBackIfGrown()
  rss = 450 * MB
  await Promise.all([memory.giveBackIfGrown(), memory.giveBackIfGrown()])
  t.equal(calls, 1, 'once for all who ask meanwhile')
  rss = 480 * MB
  await memory.giveBackIfGrown()
  t.equal(calls, 1, 'it begins anew with what was left')
  rss = 490 * MB
  await memory.giveBackIfGrown()
  t.equal(calls, 2)
})

t.test('what cannot be given back is a warning, and is tried again', async (t) => {
  const warnings: string[] = []
  const warned = (warning: Error) => void warnings.push(warning.message)
  process.on('warning', warned)
  t.teardown(() => process.off('warning', warned))
  let rss = 0
  const memory = new GrownMemory(
    () => Promise.reject(new Error('no')),
    () => (rss += 100 * MB),
  )
  await memory.giveBackIfGrown()
  await memory.giveBackIfGrown()
  await new Promise(setImmediate)
  t.same(warnings, ['memory is not given back: no', 'memory is not given back: no'])
})

t.test('closing waits for what is being given back, and nothing is given back after it', async (t) => {
  let rss = 0
  const calls: string[] = []
  let end = () => {}
  const memory = new GrownMemory(
    () => {
      calls.push('begun')
      return new Promise<void>((resolve) => (end = resolve)).then(() => calls.push('ended'))
    },
    () => (rss += 100 * MB),
  )
  const given = memory.giveBackIfGrown()
  while (calls.length === 0) await new Promise(setImmediate)
  const closed = memory.close().then(() => calls.push('closed'))
  await new Promise(setImmediate)
  end()
  await Promise.all([given, closed])
  await memory.giveBackIfGrown()
  t.same(calls, ['begun', 'ended', 'closed'])
})
