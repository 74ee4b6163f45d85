import t from 'tap'
import { createWritePath } from '../../src/append/storage-write-client.ts'
import type { WriteSchema } from '../../src/row/write-schema.ts'
import { rowOf } from '../row/row-of.ts'
import { startWriteServer, type WriteServerOptions } from '../write-server.ts'

t.setTimeout(120_000)
process.env['METADATA_SERVER_DETECTION'] = 'none'
const FIELDS = [{ name: 'event_id', type: 'STRING' }]

async function open(options: WriteServerOptions, appendTimeoutMs = 20_000) {
  const server = await startWriteServer(options)
  const path = await createWritePath({
    projectId: 'p',
    dataset: 'd',
    endpoint: server.endpoint,
    appendTimeoutMs,
  })
  t.teardown(async () => {
    await path.close()
    server.close()
  })
  return { server, path }
}

// two wait for what the client gives up after seconds: they wait side by side, each with a server of its own
t.jobs = 3
const beside = { buffered: true }

t.test('300 tables have their appends at once where a connection has 100 streams', beside, async (t) => {
  const { server, path } = await open({ fields: FIELDS })
  const tables = Array.from({ length: 300 }, (_, n) => `t${n}`)
  const schema = (await path.readSchema('t0', false)) as WriteSchema
  const appenders = tables.map((table) => path.connect(table, schema.descriptor, false))
  const answers = await Promise.all(appenders.map((each) => each.append([rowOf('a')])))
  t.ok(answers.every(({ outcome }) => outcome === 'landed'))
  t.equal(server.rows.size, 300)
  t.ok(server.calls.open <= 26, `${server.calls.open} connections`)
  const again = await Promise.all(appenders.map((each) => each.append([rowOf('b')])))
  t.ok(again.every(({ outcome }) => outcome === 'landed'))
  for (const table of tables) t.same(server.rows.get(table)?.map(String), ['a', 'b'], table)
  t.ok(await path.readSchema('t1', false), 'and columns are told beside them')
})

t.test(
  'while 300 suspects hold a connection of their own each, columns are told all the same',
  beside,
  async (t) => {
    const { server, path } = await open({ fields: FIELDS, reply: () => 'nothing' }, 8000)
    const schema = (await path.readSchema('t0', false)) as WriteSchema
    const appends = Promise.allSettled(
      Array.from({ length: 300 }, (_, n) =>
        path.connect(`t${n}`, schema.descriptor, true).append([rowOf('a')]),
      ),
    )
    for (let i = 0; i < 1000 && server.calls.open < 300; i++) await new Promise((r) => setTimeout(r, 10))
    t.equal(server.calls.open, 300)
    t.ok(await path.readSchema('t1', false))
    t.ok((await appends).every(({ status }) => status === 'rejected'))
  },
)

t.test('a write path that never tells the columns is given up after ten seconds', beside, async (t) => {
  const { path } = await open({ fields: undefined })
  await t.rejects(path.readSchema('t', false), { code: 4 })
})
