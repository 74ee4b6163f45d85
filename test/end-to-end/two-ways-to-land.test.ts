import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { makeLoadBucket, runLoad } from './loader.ts'
import { DATASET, startPipeline } from './pipeline.ts'

const folder = mkdtempSync(join(tmpdir(), 'tablestream-ways-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

/** Members of events, as they are written: every type that a column can have, at its ends. */
const WRITTEN = [
  `"whole":9223372036854775807,"day":"1969-12-31","at":"2026-03-04T05:06:07.123456+02:00","clock":"10:11:12.5","yes":true`,
  `"whole":-9223372036854775808,"day":"2026-02-28","at":"1901-01-01T00:00:00Z","clock":"00:00:00","yes":false`,
  `"part":1.5e300,"money":12345678.123456789,"text":"é \\u2028 \\"\\\\ \\n 😀","numbers":[0,-1,9007199254740993]`,
  `"part":-0.1,"money":0.1,"text":"","numbers":[],"any":[1,"x",null,{"big":18446744073709551615}]`,
  `"any":{"deep":[[1],[2]]},"user":{"id":7,"tags":["a",""],"at":[{"lat":1.5},{"lat":-0.5}]},"days":["2026-01-01"]`,
  `"user":{"id":8,"more":{"n":1}},"day":"soon","whole":"no number","null":null`,
]

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

/** local-cloud writes no BIGNUMERIC as JSON, as which rows are compared. */
const withoutBig = (_: string, value: unknown) =>
  typeof value === 'number' ? Number((value % 1e12).toFixed(6)) : value

t.test(`a stream and load jobs make the same rows of the same records: SEED=${seed}`, async (t) => {
  const pipeline = await startPipeline({ services: ['table-manager'] })
  t.teardown(() => pipeline.close())
  await makeLoadBucket(pipeline)
  const { clients } = pipeline
  const values = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'whole', 'text'), fc.jsonValue({ maxDepth: 3 }))
  const random = fc
    .sample(values, { seed, numRuns: 40 })
    .map((value) => JSON.stringify(value, withoutBig).slice(1, -1))
  const members = [...WRITTEN, ...random]
  const load = async (type: string, limit: string) => {
    const path = join(folder, `${type}.ndjson`)
    const lines = members.map((each, number) => {
      const own = `"event_type":"${type}","event_id":"e${number}","event_date":"2026-03-04"`
      return `{${own}${each === '' ? '' : `,${each}`}}`
    })
    writeFileSync(path, lines.join('\n'))
    const { code, output } = await runLoad(pipeline, [path], { env: { LOAD_STREAM_BYTES: limit } })
    t.equal(code, 0, output)
    t.match(output, new RegExp(`${type} +${members.length} +${members.length} +0 +0`))
    const names = await clients.query(
      `SELECT column_name AS name FROM ${DATASET}.INFORMATION_SCHEMA.COLUMNS WHERE table_name = '${type}' ORDER BY 1`,
    )
    const columns = names
      .map(({ name }) => `\`${String(name)}\``)
      .filter((name) => !['`event_type`', '`_fingerprint`', '`processed_timestamp`'].includes(name))
    const rows = await clients.query(
      `SELECT TO_JSON_STRING(STRUCT(${columns.join(', ')})) AS text FROM ${DATASET}.${type} ORDER BY event_id`,
    )
    return { columns, rows: rows.map(({ text }) => text) }
  }
  const byJobs = await load('by_jobs', '0')
  const byStream = await load('by_stream', '1000000')
  t.ok(byJobs.columns.length > 12, byJobs.columns.join())
  t.same(byStream.columns, byJobs.columns)
  t.same(
    byStream.rows.filter((row, index) => row !== byJobs.rows[index]).slice(0, 3),
    byJobs.rows.filter((row, index) => row !== byStream.rows[index]).slice(0, 3),
  )
  t.same(await clients.query(`SELECT event_type, stream IS NULL AS none FROM ${DATASET}.loads ORDER BY 1`), [
    { event_type: 'by_jobs', none: true },
    { event_type: 'by_stream', none: false },
  ])
})
