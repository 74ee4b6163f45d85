import { EventEmitter } from 'node:events'
import t from 'tap'
import { AppendConnection } from '../../src/append/append-connection.ts'
import { rowDescriptor } from '../../src/encoder/descriptor.ts'
import { rowOf } from '../row-of.ts'

class FakeAppendCall extends EventEmitter {
  cancelled = false
  write(): boolean {
    return true
  }
  end(): void {}
  cancel(): void {
    this.cancelled = true
  }
}

function open(timeoutMs: number) {
  const call = new FakeAppendCall()
  const connection = new AppendConnection(call, {
    writeStream: 's',
    descriptor: rowDescriptor([]),
    timeoutMs,
  })
  return { call, connection }
}

t.test('answers go to the requests in their order', async (t) => {
  const { call, connection } = open(10_000)
  const answers = [connection.append([rowOf('a')]), connection.append([rowOf('b')])]
  call.emit('data', { appendResult: {} })
  call.emit('data', { rowErrors: [{ index: '0', message: 'bad' }] })
  t.same(await Promise.all(answers), [
    { outcome: 'landed' },
    { outcome: 'refused_rows', rows: [{ index: 0, message: 'bad' }] },
  ])
  t.ok(connection.isOpen)
})

t.test(
  'a connection that stops answering is given up, and everything that waits for it is told',
  async (t) => {
    const { call, connection } = open(20)
    const appends = [connection.append([rowOf('a')]), connection.append([rowOf('b')])]
    call.emit('data', { appendResult: {} })
    t.same(await appends[0], { outcome: 'landed' })
    await t.rejects(appends[1]!, { message: /no answer to an append within 20 ms/ })
    t.ok(call.cancelled)
    t.notOk(connection.isOpen)
    await t.rejects(connection.append([rowOf('c')]), { message: /no answer/ })
  },
)
