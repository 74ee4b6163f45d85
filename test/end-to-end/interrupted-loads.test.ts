import { copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLoader, readConfig, type Account, type LoadParts } from '@tablestream/batch-loader'
import t, { type Test } from 'tap'
import { many } from '../long-tests.ts'
import { dyingAfter, isKill, Killed } from './dying.ts'
import { accountsOf, makeLoadBucket, runLoad, usePipeline } from './loader.ts'
import { DATASET, PROJECT, startPipeline } from './pipeline.ts'

const folder = mkdtempSync(join(tmpdir(), 'tablestream-killed-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

/** Ten events and, in between, one that is bad, one that came before, and one whose id another one has. */
function writeFile(name: string): string {
  const event = (id: string, more = '') =>
    `{"event_type":"visit","event_id":"${name}-${id}","timestamp":"2026-03-04T05:06:07Z"${more}}`
  const lines = Array.from({ length: 10 }, (_, number) => event(String(number), `,"n":${number}`))
  lines.splice(3, 0, '{"event_type":"visit","event_id":')
  lines.push(event('2', ',"n":2'), event('5', ',"n":500'))
  const path = join(folder, `${name}.ndjson`)
  writeFileSync(path, lines.join('\n'))
  return path
}

const WANTED: Readonly<Record<string, Partial<Account>>> = {
  '': { records: 1, deadLetters: 1 },
  visit: { records: 12, landed: 10, duplicates: 1, deadLetters: 1 },
}

t.test('a load that is killed at any moment and started again lands each record once', async (t) => {
  const pipeline = await startPipeline({ services: ['table-manager'] })
  t.teardown(() => pipeline.close())
  await makeLoadBucket(pipeline)
  t.teardown(usePipeline(pipeline))
  const { clients } = pipeline
  const limits = { LOAD_PORTION_BYTES: '300', LOAD_STREAM_BYTES: '0' }
  const config = readConfig({ ...pipeline.cloud.environment, PROJECT_ID: PROJECT, ...limits })
  const loader = openLoader(config)
  const { parts } = loader
  t.teardown(() => loader.close())
  const letters = new Map<string, number>()
  const kept: LoadParts = {
    ...parts,
    publishLetters: (messages) => {
      for (const { attributes } of messages) {
        const id = attributes['dead-letter-message-id']!
        letters.set(id, (letters.get(id) ?? 0) + 1)
      }
      return Promise.resolve()
    },
  }
  const rowsOf = (name: string) =>
    clients.count(
      `SELECT IF(COUNT(*) = COUNT(DISTINCT event_id), SUM(n), -1) FROM ${DATASET}.visit WHERE STARTS_WITH(event_id, '${name}-')`,
    )
  // as an older version made it: without the name of a stream
  await clients.query(
    `CREATE TABLE ${DATASET}.loads (load_id STRING NOT NULL, source STRING NOT NULL, version STRING NOT NULL, loaded_at TIMESTAMP NOT NULL,
      event_type STRING, table_name STRING, records INT64 NOT NULL, landed INT64 NOT NULL, duplicates INT64 NOT NULL, dead_letters INT64 NOT NULL)`,
  )
  await clients.query(
    `INSERT INTO ${DATASET}.loads VALUES ('of-before', 'file', '1', CURRENT_TIMESTAMP(), 'visit', 'visit', 2, 1, 1, 0)`,
  )
  t.same((await kept.ledger.find(['of-before'])).get('of-before'), [
    { eventType: 'visit', table: 'visit', records: 2, landed: 1, duplicates: 1, deadLetters: 0 },
  ])
  t.match(await accountsOf(writeFile('whole'), kept), Object.values(WANTED), 'undisturbed')
  t.equal(await rowsOf('whole'), 45)
  t.equal(letters.size, 2)

  await t.test('what was left for more than a day is loaded anew', async (t) => {
    const path = writeFile('late')
    const { warehouse } = kept
    const beforeLanding: LoadParts = {
      ...kept,
      warehouse: {
        ...warehouse,
        runOnce: (name, job) =>
          name.includes('_land_')
            ? Promise.reject(new Killed('before landing'))
            : warehouse.runOnce(name, job),
      },
    }
    for (const left of ['of which the table is gone', 'of which rows are gone']) {
      await t.rejects(accountsOf(path, beforeLanding), { message: 'before landing' })
      const tables = await clients.query(
        `SELECT table_name AS name FROM ${DATASET}.INFORMATION_SCHEMA.TABLES WHERE STARTS_WITH(table_name, '_load_')`,
      )
      t.ok(tables.length > 0, `a load ${left}`)
      for (const { name } of tables as { name: string }[])
        await (left.includes('table')
          ? warehouse.dropTable(name)
          : clients.query(`DELETE FROM ${DATASET}.${name} WHERE n = 3`))
    }
    for (const account of await accountsOf(path, kept)) t.match(account, WANTED[account.eventType]!)
    t.equal(await rowsOf('late'), 45)
  })

  await t.test('rows that are missing in it again stop the load before any has landed', async (t) => {
    const path = writeFile('short')
    const { warehouse } = kept
    const lossy: LoadParts['warehouse'] = {
      ...warehouse,
      query: async (query, params) =>
        query.startsWith('SELECT COUNT(DISTINCT _load_place)')
          ? ([{ places: 11 }] as never)
          : warehouse.query(query, params),
    }
    await t.rejects(accountsOf(path, { ...kept, warehouse: lossy }), {
      rule: 'staging_is_short',
      message: /have 11 of the 12 rows that were made of file:.*short\.ndjson.*Start it again/,
    })
    t.equal(
      await clients.count(`SELECT COUNT(*) FROM ${DATASET}.visit WHERE STARTS_WITH(event_id, 'short-')`),
      0,
    )
    for (const account of await accountsOf(path, kept)) t.match(account, WANTED[account.eventType]!)
  })

  await t.test('no task lets rows land before those of all tasks are in the load’s own table', async (t) => {
    const path = writeFile('shared')
    const { warehouse } = kept
    const { promise: isLate, resolve: begin } = Promise.withResolvers<void>()
    const order: string[] = []
    /** @param waits whether its load jobs begin when the other task is where it could go on without them */
    const recorded = (waits: boolean): LoadParts['warehouse'] => ({
      ...warehouse,
      async runOnce(name, job) {
        // none in the survey: what is not loaded there is loaded behind it
        if (job.load && waits && /^load_[^_]+_[^_]+_\d+$/.test(name)) throw new Error('not yet')
        if (job.load && waits) await isLate
        if (name.includes('_land_')) {
          order.push('lands')
          begin()
        }
        const answer = await warehouse.runOnce(name, job)
        if (job.load) order.push('loaded')
        return answer
      },
    })
    let looks = 0
    const quick: LoadParts = {
      ...kept,
      warehouse: recorded(false),
      workshopOf: (prefix) => {
        const workshop = kept.workshopOf(prefix)
        return {
          ...workshop,
          async names() {
            const names = await workshop.names()
            const written = [...names].filter((name) => name.startsWith('written-')).length
            // it has seen more than once that all is written
            if (written === portions && ++looks > 3) begin()
            return names
          },
        }
      },
    }
    const portions = Math.ceil(statSync(path).size / 300)
    const all = await Promise.all([
      accountsOf(path, { ...quick, task: 0, tasks: 2 }),
      accountsOf(path, { ...kept, warehouse: recorded(true), task: 1, tasks: 2 }),
    ])
    for (const account of all.flat()) t.match(account, WANTED[account.eventType]!)
    t.ok(order.indexOf('lands') > order.lastIndexOf('loaded'), order.join())
    t.equal(await rowsOf('shared'), 45)
  })

  const streamed: LoadParts = { ...kept, streamBytes: 1 << 20 }

  await t.test(
    'rows that come by others while a load is away are not brought twice by its stream',
    async (t) => {
      const path = writeFile('meanwhile')
      const beforeCommit: LoadParts = {
        ...streamed,
        streams: { ...kept.streams, commit: () => Promise.reject(new Killed('before the commit')) },
      }
      for (let times = 0; times < 2; times++)
        await t.rejects(accountsOf(path, beforeCommit), { message: 'before the commit' })
      t.equal(await rowsOf('meanwhile'), 0, 'nobody sees what is not committed')
      const copy = join(folder, 'copy.ndjson')
      copyFileSync(path, copy)
      for (const account of await accountsOf(copy, streamed)) t.match(account, WANTED[account.eventType]!)
      t.match(await accountsOf(path, streamed), [
        { records: 1 },
        { landed: 0, duplicates: 11, deadLetters: 1 },
      ])
      t.equal(await rowsOf('meanwhile'), 45)
    },
  )

  await t.test('a stream that was committed is found by its name, and the ledger names it', async (t) => {
    const path = writeFile('committed')
    const names: string[] = []
    const afterCommit: LoadParts = {
      ...streamed,
      streams: {
        ...kept.streams,
        async commit(table, stream) {
          await kept.streams.commit(table, stream)
          names.push(stream)
          throw new Killed('behind the commit')
        },
      },
    }
    await t.rejects(accountsOf(path, afterCommit), { message: 'behind the commit' })
    t.equal(await rowsOf('committed'), 45)
    for (const account of await accountsOf(path, streamed)) t.match(account, WANTED[account.eventType]!)
    t.equal(await rowsOf('committed'), 45)
    t.same(
      await clients.query(
        `SELECT stream FROM ${DATASET}.loads WHERE ENDS_WITH(source, 'committed.ndjson') AND stream IS NOT NULL`,
      ),
      names.map((stream) => ({ stream })),
    )
  })

  await t.test(
    'a stream that has other rows than it should have is left, and another one brings them',
    async (t) => {
      const { streams } = kept
      const spoilt: Readonly<Record<string, LoadParts['streams']['append']>> = {
        'finalized too early': async (name) => void (await streams.finalize(name)),
        'filled by other boundaries': (name, descriptor, [batch]) =>
          streams.append(name, descriptor, [{ offset: 0, rows: batch!.rows.slice(0, 3) }]),
      }
      for (const [index, [what, append]] of Object.entries(spoilt).entries()) {
        const path = writeFile(`spoilt_${index}`)
        const dying: LoadParts['streams'] = {
          ...streams,
          async append(...given) {
            await append(...given)
            throw new Killed('in the middle')
          },
        }
        await t.rejects(accountsOf(path, { ...streamed, streams: dying }), { message: 'in the middle' }, what)
        for (const account of await accountsOf(path, streamed))
          t.match(account, WANTED[account.eventType]!, what)
        t.equal(await rowsOf(`spoilt_${index}`), 45, what)
      }
    },
  )

  await t.test('a stream that was left until its time was over is begun anew', async (t) => {
    const path = writeFile('a_day')
    const beforeCommit: LoadParts = {
      ...streamed,
      streams: { ...kept.streams, commit: () => Promise.reject(new Killed('before the commit')) },
    }
    await t.rejects(accountsOf(path, beforeCommit), { message: 'before the commit' })
    await pipeline.cloud.clock.advance(4 * 3_600_000)
    for (const account of await accountsOf(path, streamed)) t.match(account, WANTED[account.eventType]!)
    t.equal(await rowsOf('a_day'), 45)
  })

  await t.test('appends without an answer, or that are refused, are sent again and land once', async (t) => {
    for (const trouble of ['lose_answer', 'drop', 'late', 'refuse', 'error'] as const) {
      const path = writeFile(`trouble_${trouble}`)
      pipeline.cloud.faults.set({ rules: [{ on: 'storage.append', do: trouble, ms: 100, at: [1, 2] }] })
      const accounts = await accountsOf(path, streamed)
      pipeline.cloud.faults.clear()
      for (const account of accounts) t.match(account, WANTED[account.eventType]!, trouble)
      t.equal(await rowsOf(`trouble_${trouble}`), 45, trouble)
    }
  })

  await t.test(
    'what is said of a stream is said again where no answer comes, and its rows land once',
    async (t) => {
      for (const [index, what] of ['made', 'finalized', 'committed'].entries()) {
        const path = writeFile(`silent_${index}`)
        const trouble = { do: 'lose_answer', status: 'INTERNAL', at: [index + 1] } as const
        pipeline.cloud.faults.set({ rules: [{ on: 'storage.stream', ...trouble }] })
        const accounts = await accountsOf(path, streamed)
        t.equal(pipeline.cloud.faults.injected()[0]?.injected, 1, what)
        pipeline.cloud.faults.clear()
        for (const account of accounts) t.match(account, WANTED[account.eventType]!, what)
        t.equal(await rowsOf(`silent_${index}`), 45, what)
      }
    },
  )

  await t.test('of several tasks one brings the rows by a stream', async (t) => {
    const path = writeFile('tasks')
    const all = await Promise.all([0, 1].map((task) => accountsOf(path, { ...streamed, task, tasks: 2 })))
    for (const account of all.flat()) t.match(account, WANTED[account.eventType]!)
    t.equal(await rowsOf('tasks'), 45)
  })

  // EACH=1 tries every one of them; FIRST says with which one it begins
  const step = Number(process.env['EACH'] ?? many(6, 15))
  const first = Number(process.env['FIRST'] ?? 1 + (Date.now() % step))
  t.comment(`FIRST=${first}`)
  const ways = [
    { by: 'jobs', parts: kept, least: 30 },
    { by: 'stream', parts: streamed, least: 20 },
  ]
  for (const { by, parts: whole, least } of ways) {
    let calls = first
    for (; ; calls += step) {
      const name = `${by}${calls}`
      const path = writeFile(name)
      letters.clear()
      const dying = dyingAfter(whole, calls)
      const died = await accountsOf(path, dying).then(
        () => false,
        (error: unknown) => {
          if (isKill(error)) return true
          throw error
        },
      )
      const accounts = await accountsOf(path, whole)
      for (const account of accounts)
        t.match(account, WANTED[account.eventType]!, `${by}: killed after ${calls} calls`)
      t.equal(await rowsOf(name), 45, `${by}: killed after ${calls} calls`)
      t.equal(letters.size, 2, 'a dead letter that is published twice is known by its id')
      if (!died) break
    }
    t.ok(calls > least, `${calls} calls`)
  }
})

for (const [way, limit] of [
  ['load jobs', '0'],
  ['a stream', '1000000'],
] as const)
  t.test(
    `kill -9 again and again until it is done by ${way}: the table is that of an undisturbed load`,
    (t) => killAgainAndAgain(t, limit),
  )

async function killAgainAndAgain(t: Test, limit: string): Promise<void> {
  const pipeline = await startPipeline({ services: ['table-manager'] })
  t.teardown(() => pipeline.close())
  await makeLoadBucket(pipeline)
  const events = Array.from({ length: 4000 }, (_, number) => ({
    event_type: 'step',
    event_id: `s${number}`,
    timestamp: '2026-03-04T05:06:07Z',
    number,
    ...(number % 100 === 0 && { [`late_${number / 100}`]: 'x' }),
  }))
  const path = join(folder, 'steps.ndjson')
  writeFileSync(path, events.map((event) => JSON.stringify(event)).join('\n'))
  const env = { LOAD_PORTION_BYTES: '40000', LOAD_STREAM_BYTES: limit }
  // what a process can do in its time differs from machine to machine
  for (let killAfterMs = 1000; ; killAfterMs += many(400, 800)) {
    const { code, output } = await runLoad(pipeline, [path], { env, killAfterMs })
    if (code === null) continue
    t.equal(code, 0, output)
    t.match(output, /step +4,000 +4,000 +0 +0/)
    break
  }
  const { clients } = pipeline
  t.same(
    await clients.query(
      `SELECT COUNT(*) AS rows_there, COUNT(DISTINCT event_id) AS ids, SUM(number) AS numbers, COUNT(late_0) AS early, COUNTIF(late_39 = 'x') AS late
         FROM ${DATASET}.step`,
    ),
    [{ rows_there: 4000, ids: 4000, numbers: 7_998_000, early: 1, late: 1 }],
  )
  t.same(
    await clients.query(`SELECT landed FROM ${DATASET}.loads`),
    [{ landed: 4000 }],
    'the ledger says it once',
  )
}
