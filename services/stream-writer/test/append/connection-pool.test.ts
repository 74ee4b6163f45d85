import t from 'tap'
import type { AppendConnection } from '../../src/append/append-connection.ts'
import { ConnectionPool } from '../../src/append/connection-pool.ts'

class FakeConnection {
  isOpen = true
  readonly used: string[] = []
  readonly shared: boolean
  constructor(shared: boolean) {
    this.shared = shared
  }
  append(_rows: unknown, { writeStream }: { writeStream: string }) {
    this.used.push(writeStream)
    return Promise.resolve({ outcome: 'landed' })
  }
  close() {
    this.isOpen = false
  }
}

function poolAt(clock: { now: number }) {
  const opened: FakeConnection[] = []
  const pool = new ConnectionPool({
    now: () => clock.now,
    open: (_writeStream, shared) => {
      const connection = new FakeConnection(shared)
      opened.push(connection)
      return connection as unknown as AppendConnection
    },
  })
  t.teardown(() => pool.close())
  const connect = (name: string, alone = false) =>
    pool.connect({ writeStream: name, name: Buffer.alloc(0), schema: Buffer.alloc(0) }, alone)
  return { pool, opened, connect }
}

t.test('twenty tables have a connection of their own, fifty more share the next one', async (t) => {
  const { opened, connect } = poolAt({ now: 0 })
  for (let n = 0; n < 20; n++) connect(`own${n}`)
  const sharing = Array.from({ length: 50 }, (_, n) => connect(`shared${n}`))
  t.equal(opened.length, 21)
  t.same(
    opened.map(({ shared }) => shared),
    [...Array.from({ length: 20 }, () => false), true],
  )
  await sharing[0]!.append([])
  await sharing[49]!.append([])
  t.same(opened[20]!.used, ['shared0', 'shared49'])
  connect('one more')
  t.equal(opened.length, 22)
  const alone = connect('suspect', true)
  t.equal(opened.length, 23)
  await alone.append([])
  t.same(opened[22]!.used, ['suspect'])
  t.end()
})

t.test('a place that nobody used for a minute is closed, and its connection with the last one', (t) => {
  const clock = { now: 0 }
  const { pool, opened, connect } = poolAt(clock)
  for (let n = 0; n < 20; n++) connect(`own${n}`)
  const [a, b] = [connect('a'), connect('b')]
  clock.now = 50_000
  void b.append([])
  clock.now = 61_000
  pool.sweep()
  t.same([a.isOpen, b.isOpen], [false, true])
  t.equal(opened.filter(({ isOpen }) => isOpen).length, 1)
  connect('c')
  t.notOk(opened.at(-1)!.shared, 'there is room for a connection of its own again')
  clock.now = 120_000
  pool.sweep()
  t.notOk(b.isOpen)
  t.equal(opened.filter(({ isOpen }) => isOpen).length, 1)
  t.end()
})

t.test('nobody gets a place on a connection that has ended', (t) => {
  const { opened, connect } = poolAt({ now: 0 })
  for (let n = 0; n < 21; n++) connect(`t${n}`)
  for (const connection of opened) connection.isOpen = false
  const place = connect('again')
  t.ok(place.isOpen)
  t.equal(opened.length, 22)
  t.notOk(opened.at(-1)!.shared)
  t.end()
})
