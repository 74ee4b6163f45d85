import { appendFileSync, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSources, openLoader, readConfig, type LoadParts } from '@tablestream/batch-loader'
import t from 'tap'
import { many } from '../long-tests.ts'
import { dyingAfter, isKill } from './dying.ts'
import { accountsOf, makeLoadBucket, usePipeline } from './loader.ts'
import { DATASET, PROJECT, startPipeline } from './pipeline.ts'

// ROWS=1000000 is a file of 100 MB
const ROWS = Number(process.env['ROWS'] ?? many(20_000, 2000))
/** Of which a load is killed again and again. */
const FEW = 40

const folder = mkdtempSync(join(tmpdir(), 'tablestream-ahead-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

/** @param more members of an event, by its number */
async function writeFile(name: string, rows: number, more: (number: number) => string): Promise<string> {
  const path = join(folder, `${name}.ndjson`)
  const file = createWriteStream(path)
  for (let number = 0; number < rows; number++) {
    const own = `"event_type":"${name}","event_id":"e${number}","timestamp":"2026-03-04T05:06:07Z","n":${number}`
    if (!file.write(`{${own}${more(number)}}\n`)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'close')
  return path
}

t.test('a file is read once, and what was made for columns that became others is made anew', async (t) => {
  const pipeline = await startPipeline({ services: ['table-manager'] })
  t.teardown(() => pipeline.close())
  await makeLoadBucket(pipeline)
  t.teardown(usePipeline(pipeline))
  const { clients, cloud } = pipeline
  const bytes = String(Math.ceil((ROWS * 120) / 8))
  const limits = { LOAD_PORTION_BYTES: bytes, LOAD_STREAM_BYTES: '0' }
  const loader = openLoader(readConfig({ ...cloud.environment, PROJECT_ID: PROJECT, ...limits }))
  t.teardown(() => loader.close())
  let read = 0
  let parts: LoadParts = {
    ...loader.parts,
    progress: { ...loader.parts.progress, read: (records) => (read += records) },
  }
  const numbers = (ROWS * (ROWS - 1)) / 2
  const load = async (name: string, more: (number: number) => string) => {
    read = 0
    const accounts = await accountsOf(await writeFile(name, ROWS, more), parts)
    t.match(accounts, [{ eventType: name, records: ROWS, landed: ROWS, duplicates: 0, deadLetters: 0 }])
    t.same(
      await clients.query(
        `SELECT COUNT(*) AS found, COUNT(DISTINCT event_id) AS ids, SUM(CAST(n AS INT64)) AS numbers FROM ${DATASET}.${name}`,
      ),
      [{ found: ROWS, ids: ROWS, numbers }],
      'each row, with its values',
    )
    return read
  }
  const typeOf = async (table: string, column: string) => {
    const [found] = await clients.query(
      `SELECT data_type AS type FROM ${DATASET}.INFORMATION_SCHEMA.COLUMNS WHERE table_name = '${table}' AND column_name = '${column}'`,
    )
    return found?.['type']
  }

  await t.test('columns that come later change no row', async (t) => {
    const late = (number: number) =>
      number % 500 === 499
        ? `,"deep":{"n":${number},"late_${number % 7}":"x"},"late_${number % 7}":"x"`
        : `,"deep":{"n":${number}}`
    t.equal(await load('steady', late), ROWS, 'each record is read once')
    t.equal(
      await clients.count(
        `SELECT COUNTIF(deep.n = n AND late_2 IS NOT DISTINCT FROM deep.late_2) FROM ${DATASET}.steady`,
      ),
      ROWS,
      'also inside of a RECORD, which tables that were filled before have with fewer fields',
    )
    t.equal(
      await clients.count(`SELECT COUNTIF(late_2 = 'x') FROM ${DATASET}.steady`),
      Array.from({ length: ROWS }, (_, n) => n).filter((n) => n % 500 === 499 && n % 7 === 2).length,
    )
  })

  await t.test('a file whose shape changes lands by tables that have few empty columns', async (t) => {
    const { warehouse } = parts
    const widths: number[] = []
    const makeTable: typeof warehouse.makeTable = (name, fields, expires) => {
      if (name.startsWith('_load_')) widths.push(fields.length)
      return warehouse.makeTable(name, fields, expires)
    }
    const begun: number[] = []
    const runOnce: typeof warehouse.runOnce = (name, job) => {
      if (job.load) begun.push(read)
      return warehouse.runOnce(name, job)
    }
    parts = { ...parts, warehouse: { ...warehouse, makeTable, runOnce } }
    const each = Math.ceil(ROWS / 96)
    const more = (n: number) =>
      `,"new_${Math.floor(n / each)}":"value ${n}","list_${Math.floor(n / each) % 4}":[{"n":${n}}]`
    t.equal(await load('changing', more), ROWS, 'each record is read once')
    parts = { ...parts, warehouse }
    t.ok(begun[0]! < ROWS, `load jobs begin when ${begun.join()} records are read`)
    // how many there are depends on how long a job takes: one of them brings what came meanwhile
    t.ok(Math.min(...widths) < 80, `tables of ${widths.join()} columns`)
    const columns = Array.from({ length: Math.ceil(ROWS / each) }, (_, shape) => `new_${shape}`)
    const lists = Array.from({ length: 4 }, (_, shape) => `list_${shape}`)
    const right = columns.map(
      (name, shape) => `COUNTIF(${name} = CONCAT('value ', n) AND DIV(n, ${each}) = ${shape})`,
    )
    const sum = lists.map((name) => `SUM((SELECT IFNULL(SUM(each.n), 0) FROM UNNEST(${name}) AS each))`)
    t.same(
      await clients.query(
        `SELECT ${right.join(' + ')} AS good, ${sum.join(' + ')} AS numbers FROM ${DATASET}.changing`,
      ),
      [{ good: ROWS, numbers }],
    )
    t.same(
      await clients.query(
        `SELECT table_name FROM ${DATASET}.INFORMATION_SCHEMA.TABLES WHERE STARTS_WITH(table_name, '_load_')`,
      ),
      [],
      'none is left',
    )
  })

  await t.test('one that ends in its survey leaves no table, and lands where more may be bad', async (t) => {
    const path = await writeFile('bad', ROWS, (number) =>
      number % 3 === 0 ? ',"none":' : `,"more":${number}`,
    )
    const begun: string[] = []
    const { warehouse } = parts
    const makeTable: typeof warehouse.makeTable = (name, ...others) => {
      begun.push(name)
      return warehouse.makeTable(name, ...others)
    }
    const strict = { ...parts, warehouse: { ...warehouse, makeTable }, maxBad: 0.335 }
    // the last portion has the most of them
    appendFileSync(path, '{\n'.repeat(ROWS / 50))
    await t.rejects(Array.fromAsync(loadSources([path], strict)), { rule: 'too_many_bad' } as object as Error)
    t.ok(
      begun.some((name) => name.startsWith('_load_')),
      'rows were loaded before',
    )
    const left = `SELECT COUNT(*) FROM ${DATASET}.INFORMATION_SCHEMA.TABLES WHERE STARTS_WITH(table_name, '_load_')`
    t.equal(await clients.count(left), 0)
    const good = ROWS - Math.ceil(ROWS / 3)
    t.match(await accountsOf(path, { ...parts, maxBad: 1 }), [
      { eventType: '', deadLetters: ROWS + ROWS / 50 - good },
      { eventType: 'bad', records: good, landed: good },
    ])
    t.equal(await clients.count(`SELECT COUNTIF(more = n) FROM ${DATASET}.bad`), good)
    t.equal(await clients.count(left), 0)
  })

  await t.test('a type that is found in the first rows has these alone made anew', async (t) => {
    const day = (number: number) => `,"price":${number < 3 ? number : number + 0.25}`
    const again = (await load('priced', day)) - ROWS
    t.ok(again < ROWS / 4, `${again} read again`)
    t.equal(await typeOf('priced', 'price'), 'NUMERIC')
    t.equal(
      await clients.count(`SELECT COUNTIF(price = n + IF(n < 3, 0, NUMERIC '0.25')) FROM ${DATASET}.priced`),
      ROWS,
    )
  })

  await t.test('a type that changes in the last line has all rows made anew', async (t) => {
    const day = (number: number) => `,"day":"${number === ROWS - 1 ? 'soon' : '2026-03-04'}"`
    const again = (await load('changed', day)) - ROWS
    t.ok(again > ROWS / 2, `${again} read again`)
    t.equal(await typeOf('changed', 'day'), 'STRING')
    t.equal(await clients.count(`SELECT COUNTIF(day = '2026-03-04') FROM ${DATASET}.changed`), ROWS - 1)
    t.equal(await clients.count(`SELECT COUNTIF(day = 'soon') FROM ${DATASET}.changed`), 1)
  })

  await t.test('a file that changes until its first rows are made anew lands nothing', async (t) => {
    const path = await writeFile('moving', FEW, (number) => `,"price":${number < 3 ? number : number + 0.25}`)
    const workshopOf: LoadParts['workshopOf'] = (prefix) => {
      const workshop = parts.workshopOf(prefix)
      const put: typeof workshop.put = async (name, content) => {
        if (name.startsWith('first-')) appendFileSync(path, '\n')
        await workshop.put(name, content)
      }
      return { ...workshop, put }
    }
    const reports = await Array.fromAsync(loadSources([path], { ...parts, workshopOf }))
    t.match(reports, [{ outcome: 'not loaded', error: { rule: 'changed' } }])
    t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.moving`), 0)
  })

  await t.test('killed at any moment of it, and started again, it lands each row once', async (t) => {
    const config = readConfig({
      ...cloud.environment,
      PROJECT_ID: PROJECT,
      ...limits,
      LOAD_PORTION_BYTES: '1500',
    })
    const whole = openLoader(config)
    t.teardown(() => whole.close())
    const step = many(7, 17)
    const first = Number(process.env['FIRST'] ?? 1 + (Date.now() % step))
    t.comment(`FIRST=${first}`)
    for (let calls = first; ; calls += step) {
      const name = `killed_${calls}`
      const path = await writeFile(
        name,
        FEW,
        (number) =>
          `,"day":"${number === FEW - 1 ? 'soon' : '2026-03-04'}"${number === 20 ? ',"none":' : ''}`,
      )
      const letters = new Set<string>()
      const kept: LoadParts = {
        ...whole.parts,
        publishLetters: (messages) => {
          for (const { attributes } of messages)
            letters.add(`${attributes['dead-letter-message-id']} ${attributes['dead-letter-place']}`)
          return Promise.resolve()
        },
      }
      const died = await accountsOf(path, dyingAfter(kept, calls)).then(
        () => false,
        (error: unknown) => {
          if (isKill(error)) return true
          throw error
        },
      )
      const accounts = await accountsOf(path, kept)
      const what = `killed after ${calls} calls`
      const good = { eventType: name, records: FEW - 1, landed: FEW - 1, duplicates: 0, deadLetters: 0 }
      t.match(accounts, [{ eventType: '', records: 1, deadLetters: 1 }, good], what)
      t.equal(letters.size, 1, 'one dead letter, by its line')
      t.match([...letters][0], / line 21$/, what)
      t.same(
        await clients.query(
          `SELECT COUNT(*) AS found, COUNT(DISTINCT event_id) AS ids, COUNTIF(day IN ('2026-03-04', 'soon')) AS days
             FROM ${DATASET}.${name}`,
        ),
        [{ found: FEW - 1, ids: FEW - 1, days: FEW - 1 }],
        what,
      )
      if (!died) break
    }
  })
})
