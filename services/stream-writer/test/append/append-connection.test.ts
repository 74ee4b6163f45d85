import { EventEmitter } from 'node:events'
import t from 'tap'
import { AppendConnection } from '../../src/append/append-connection.ts'
import type { AppendRequest, Destination } from '../../src/append/append-request.ts'
import { rowOf } from '../row/row-of.ts'

class FakeAppendCall extends EventEmitter {
  cancelled = false
  ended = false
  readonly written: AppendRequest[] = []
  write(request: AppendRequest): boolean {
    this.written.push(request)
    return true
  }
  end(): void {
    this.ended = true
  }
  cancel(): void {
    this.cancelled = true
  }
}

const destination = (writeStream: string): Destination => ({
  writeStream,
  name: Buffer.from(writeStream),
  schema: Buffer.from('schema'),
})
const A = destination('a')
const B = destination('b')

function open(timeoutMs = 10_000) {
  const call = new FakeAppendCall()
  return { call, connection: new AppendConnection(call, timeoutMs) }
}

t.test('answers go to the requests in their order', async (t) => {
  const { call, connection } = open()
  const answers = [connection.append([rowOf('a')], A), connection.append([rowOf('b')], A)]
  call.emit('data', { appendResult: {} })
  call.emit('data', { rowErrors: [{ index: '0', message: 'bad' }] })
  t.same(await Promise.all(answers), [
    { outcome: 'landed' },
    { outcome: 'refused_rows', rows: [{ index: 0, message: 'bad' }] },
  ])
  t.ok(connection.isOpen)
})

t.test('an answer that holds neither a result nor an error is no landing', async (t) => {
  const { call, connection } = open()
  const answer = connection.append([rowOf('a')], A)
  call.emit('data', {})
  t.match(await answer, { outcome: 'refused', code: 2, message: /neither a result nor an error/ })
})

t.test(
  'a connection that stops answering is given up, and everything that waits for it is told',
  async (t) => {
    const { call, connection } = open(20)
    const appends = [connection.append([rowOf('a')], A), connection.append([rowOf('b')], A)]
    call.emit('data', { appendResult: {} })
    t.same(await appends[0], { outcome: 'landed' })
    await t.rejects(appends[1]!, { message: /no answer to an append within 20 ms/ })
    t.ok(call.cancelled)
    t.notOk(connection.isOpen)
    await t.rejects(connection.append([rowOf('c')], A), { message: /no answer/ })
  },
)

t.test(
  'the error that ends a connection is that of the oldest request; those behind it know less',
  async (t) => {
    const { call, connection } = open()
    const appends = [connection.append([rowOf('a')], A), connection.append([rowOf('b')], A)]
    call.emit('error', Object.assign(new Error('bad row'), { code: 3 }))
    const [first, second] = await Promise.allSettled(appends)
    t.match(first, { reason: { code: 3, message: 'bad row' } })
    t.match(second, { reason: { code: undefined, message: /ended with an earlier request: bad row/ } })
  },
)

t.test('a request says where it goes when that changes, and always once there were two', (t) => {
  const { call, connection } = open()
  for (const to of [A, A, B, B, A]) void connection.append([rowOf('x')], to).catch(() => {})
  t.same(
    call.written.map(({ destination: { writeStream }, named, withSchema }) => [
      writeStream,
      named,
      withSchema,
    ]),
    [
      ['a', true, true],
      ['a', false, false],
      ['b', true, true],
      ['b', true, false],
      ['a', true, true],
    ],
  )
  connection.close()
  call.emit('end')
  t.end()
})

t.test('a connection that was closed and is not ended by the server is cancelled', async (t) => {
  const { call, connection } = open(20)
  const append = connection.append([rowOf('a')], A)
  connection.close()
  t.ok(call.ended)
  t.notOk(connection.isOpen)
  await t.rejects(append, { message: /no answer/ })
  t.ok(call.cancelled)
})
