import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import { BulkThread } from '../../src/threads/bulk-threads.ts'
import { Thread } from '../../src/threads/thread.ts'

// its thread opens a connection at once; nothing is published
process.env['PUBSUB_EMULATOR_HOST'] = '127.0.0.1:1'

const OPTIONS = { projectId: 'p', topic: 't', mostBytes: 10 << 20, typeField: 'event_type', contracts: [] }
const bad = '{"event_type":""}'
const request = (piece: Uint8Array) => ({
  caller: 'one',
  headers: { 'content-type': 'application/json' },
  type: undefined,
  isPartial: false,
  now: 0,
  pieces: [piece],
})

t.test(
  'a body is moved to the thread where it may be, and copied where it is needed once more',
  async (t) => {
    const thread = new BulkThread(OPTIONS, createLogger({ service: 'test', level: 'silent' }))
    t.teardown(() => thread.close())
    const own = () => Uint8Array.from(Buffer.from(bad))
    const moved = own()
    t.equal((await thread.take(request(moved), true)).status, 400)
    t.equal(moved.length, 0)
    const kept = own()
    t.equal((await thread.take(request(kept), false)).status, 400)
    t.equal(kept.length, bad.length)
    const pooled = Buffer.from(bad)
    t.equal((await thread.take(request(pooled), true)).status, 400)
    t.equal(pooled.toString(), bad, 'what shares its memory with others is never moved')
  },
)

t.test('what was called before a thread is closed is answered before that is done', async (t) => {
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line) }
  const ended = () => new Error('it has ended')
  const kind = { file: '../../test/threads/late-thread', workerData: undefined, heapMb: 64, ended }
  const thread = new Thread<string, string>(kind, createLogger({ service: 'test', level: 'warn', stream }))
  t.equal(await thread.call('early'), 'early, too')
  t.equal(await thread.call('heap'), String(64 + 3 * 8), 'with three times 8 MB for what is new')
  const answers: unknown[] = []
  const hear = (answer: unknown) => void answers.push(answer)
  void thread.call('late').then(hear, hear)
  const closed = thread.close()
  void thread.call('early').then(hear, hear)
  await closed
  t.same(answers, ['late, too', new Error('it has ended')])
  t.match(lines, [/"calls":1,.*ended under calls/], 'of what came behind the close')
})
