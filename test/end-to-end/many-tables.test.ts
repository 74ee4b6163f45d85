import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { cpuOf } from '../bench/measure.ts'
import { many } from '../long-tests.ts'
import { DATASET, settled, startPipeline } from './pipeline.ts'

/** More than a connection has streams. By hand `TABLES=2000 EACH=25`: so many events of each type in the rounds that follow. */
const TABLES = Number(process.env['TABLES'] ?? many(150, 110))
const EACH = Number(process.env['EACH'] ?? 1)
const ROUNDS = 3
const LONGEST_MS = 120_000 + TABLES * 1000

t.setTimeout(LONGEST_MS + 120_000)

t.test(
  `${TABLES} event types at once go through one writer, whose server allows 100 streams a connection`,
  { timeout: LONGEST_MS + 120_000 },
  async (t) => {
    const pipeline = await startPipeline({ services: ['table-manager', 'stream-writer'] })
    t.teardown(() => pipeline.close())
    const { clients } = pipeline
    const types = Array.from({ length: TABLES }, (_, n) => `kind_${n}`)
    const processes = [pipeline.tableManager.pid, pipeline.streamWriter.pid, process.pid]
    // NaN where the machine does not tell
    const cpuSeconds = () => processes.map((pid) => (cpuOf(pid) ?? Number.NaN) / 1e6)
    const publish = (round: number, each: number) =>
      clients.publish(
        Array.from({ length: each }, (_, n) =>
          types.map((event_type) => JSON.stringify({ event_type, event_id: `${round}.${n}`, n: round })),
        ).flat(),
      )
    for (let round = 0; round < ROUNDS; round++) {
      const each = round === 0 ? 1 : EACH
      const began = performance.now()
      const before = cpuSeconds()
      await publish(round, each)
      await settled(pipeline, LONGEST_MS)
      const ms = performance.now() - began
      const memory = `${Math.round(process.memoryUsage.rss() / 1e6)} MB with local-cloud`
      t.comment(
        `round ${round}: ${Math.round(ms)} ms, ${Math.round((each * TABLES * 1000) / ms)} events/s, ${memory}`,
      )
      const cpu = cpuSeconds().map((seconds, index) => (seconds - before[index]!).toFixed(1))
      t.comment(
        `CPU: table-manager ${cpu[0]} s, stream-writer ${cpu[1]} s, local-cloud with the test ${cpu[2]} s`,
      )
    }
    const rows = async () => {
      let sum = 0
      for (let from = 0; from < TABLES; from += 50) {
        const some = types.slice(from, from + 50)
        const each = some.map((table) => `SELECT COUNT(DISTINCT event_id) AS n FROM ${DATASET}.${table}`)
        sum += await clients.count(`SELECT SUM(n) FROM (${each.join(' UNION ALL ')})`)
      }
      return sum
    }
    const expected = TABLES * (1 + (ROUNDS - 1) * EACH)
    await poll(async () => ((await rows()) === expected ? true : undefined), {
      timeoutMs: 60_000,
      what: 'every event in its table',
    })
    t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.dead_letters`), 0)
    const views = `SELECT COUNT(*) FROM ${DATASET}.INFORMATION_SCHEMA.TABLES WHERE table_name LIKE 'kind%_deduplicated'`
    const began = performance.now()
    await poll(async () => ((await clients.count(views)) === TABLES ? true : undefined), {
      timeoutMs: LONGEST_MS,
      what: 'a view beside each table',
    })
    t.comment(`views: ${Math.round(performance.now() - began)} ms after the rest`)
  },
)
