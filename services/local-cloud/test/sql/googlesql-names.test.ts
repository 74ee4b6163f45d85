import t from 'tap'
import { openClient } from '../open-bigquery.ts'

t.test('names and texts mean what they mean in GoogleSQL', async (t) => {
  const { bigquery, dataset } = await openClient(t, { client: { maxRetries: 0 } })
  const [table] = await dataset.createTable('t', { schema: 'id:STRING,kind:STRING' })
  await table.insert([
    { id: 'a', kind: 'x' },
    { id: 'b', kind: 'x' },
    { id: 'c', kind: 'y' },
  ])
  const ask = async (query: string, params: object = {}) =>
    (await bigquery.query({ query, params }))[0] as object[]
  const one = 'ROW_NUMBER() OVER (PARTITION BY id ORDER BY kind) = 1'

  await t.test('in QUALIFY a name is first what SELECT calls so, then a column', async (t) => {
    const count = async (from: string) => (await ask(from)).length
    t.equal(await count(`SELECT kind AS id FROM d.t WHERE TRUE QUALIFY ${one}`), 2)
    t.equal(await count(`SELECT NULLIF(kind, kind) AS \`id\` FROM d.t WHERE TRUE QUALIFY ${one}`), 1)
    t.equal(await count(`SELECT kind AS id FROM d.t AS t WHERE TRUE QUALIFY ${one.replace('id', 't.id')}`), 3)
    t.equal(await count(`SELECT id FROM d.t WHERE TRUE QUALIFY ${one}`), 3)
    t.equal(await count(`SELECT id AS kind, ${one} AS first FROM d.t WHERE TRUE QUALIFY first`), 3)
    const inside = `SELECT * FROM (SELECT kind AS id FROM d.t WHERE TRUE QUALIFY ${one})`
    t.equal(await count(`${inside} UNION ALL ${inside}`), 4)
  })

  await t.test('a text may hold NUL, as a literal and as a parameter', async (t) => {
    t.same(await ask(String.raw`SELECT 'a\u0000\'b' AS text`), [{ text: "a\0'b" }])
    t.same(await ask('SELECT @text AS text, @list AS list', { text: '\0', list: ['a\0', '\0b'] }), [
      { text: '\0', list: ['a\0', '\0b'] },
    ])
  })
})
