import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import v8 from 'node:v8'
import vm from 'node:vm'
import { gzipSync } from 'node:zlib'
import type { LoadParts } from '@tablestream/batch-loader'
import fc from 'fast-check'
import t from 'tap'
import { many } from '../long-tests.ts'
import { dyingAfter, isKill } from './dying.ts'
import { makeLoadBucket, runLoad } from './loader.ts'
import { DATASET, startPipeline } from './pipeline.ts'
import { folderOf, linesOf, reportsOf, startSmallLoads, toldOf } from './small-loads.ts'

const AT = { timestamp: '2026-03-04T05:06:07Z' }
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

t.test(`small files land together, each as if it were loaded alone: SEED=${seed}`, async (t) => {
  const { parts, clients, letters, ledgerOf } = await startSmallLoads(t)

  await t.test('of every kind, with names of any kind, beside what cannot be read', async (t) => {
    const event = (id: string, more: object = {}) => ({ event_type: 'visit', event_id: id, ...AT, ...more })
    const folder = folderOf('kinds', {
      'a b.json': linesOf([event('1'), event('2')]),
      '100% [x].gz': gzipSync(linesOf([event('3'), event('2')])),
      'cut.gz': gzipSync(linesOf(Array.from({ length: 50 }, (_, n) => event(`cut${n}`)))).subarray(0, -9),
      'sales.csv': 'event_type,event_id,amount\nsale,s1,1.5\nsale,s2,\n',
      'array.json': JSON.stringify([event('4'), 17]),
      'empty.json': '',
      'bad.json': `{"event_type":"visit"\n${linesOf([event('5')])}`,
      'marked.json': `\uFEFF${linesOf([event('6', { text: 'é' })])}`,
      'latin.csv': Buffer.from('event_type,event_id,text\nvisit,7,caf\xe9\n', 'latin1'),
    })
    const before = letters.size
    const reports = await reportsOf([folder], parts)
    t.equal(reports.size, 9)
    const told = Object.fromEntries([...reports].map(([name, report]) => [name, toldOf(report)]))
    // whichever of the two comes first has the event that both have
    const { 'a b.json': plain, '100% [x].gz': packed, ...others } = told
    t.same(
      [plain, packed].toSorted((a, b) => String(a).localeCompare(String(b))),
      ['1 1 0', '2 0 0'],
    )
    t.same(others, {
      'cut.gz': 'not loaded',
      'sales.csv': '2 0 0',
      'array.json': '1 0 1',
      'empty.json': '0 0 0',
      'bad.json': '1 0 1',
      'marked.json': '1 0 0',
      'latin.csv': '1 0 0',
    })
    t.match(reports.get('cut.gz'), {
      error: { rule: 'truncated', message: /cut\.gz: its gzip ends too soon/ },
    })
    t.match(
      [...letters.values()]
        .slice(before)
        .map((each) => `${each['dead-letter-file']} ${each['dead-letter-place']}`)
        .toSorted(),
      [/array\.json row 1, line 1/, /bad\.json line 1$/],
    )
    t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.visit WHERE text = 'café' OR text = 'é'`), 2)
    t.same(
      (await ledgerOf(folder)).map(({ source, records }) => [basename(source), records]),
      [
        ['100% [x].gz', 2],
        ['a b.json', 2],
        ['array.json', 2],
        ['bad.json', 2],
        ['empty.json', 0],
        ['latin.csv', 1],
        ['marked.json', 1],
        ['sales.csv', 2],
      ],
    )
    const again = await reportsOf([folder], parts)
    t.same(
      new Set([...again.values()].map(({ outcome }) => outcome)),
      new Set(['loaded before', 'not loaded']),
    )
  })

  await t.test('rows that have landed are let go, however many streams brought them', async (t) => {
    v8.setFlagsFromString('--expose-gc')
    const collect = vm.runInNewContext('gc') as () => void
    const given: WeakRef<object>[] = []
    const streams: LoadParts['streams'] = {
      ...parts.streams,
      append: (stream, descriptor, batches) => {
        given.push(new WeakRef(batches))
        return parts.streams.append(stream, descriptor, batches)
      },
    }
    // each unit has a stream of its own
    for (const unit of [1, 2, 3]) {
      const event = (file: number) => linesOf([{ event_type: 'kept', event_id: `${unit}-${file}`, ...AT }])
      const folder = folderOf(`kept${unit}`, { 'a.json': event(1), 'b.json': event(2) })
      await reportsOf([folder], { ...parts, streams })
    }
    t.equal(given.length, 3)
    // the last ones may still be somebody's
    const isKept = () => given.slice(0, -1).some((batches) => batches.deref() !== undefined)
    for (let looks = 0; looks < 10 && isKept(); looks++) {
      await setImmediate()
      collect()
    }
    t.equal(isKept(), false)
  })

  await t.test('they have the ends that they have one by one', async () => {
    const record = fc.record({
      id: fc.option(fc.constantFrom('1', '2', '3')),
      n: fc.integer({ min: 0, max: 2 }),
      day: fc.constantFrom('2026-03-04', '2026-03-09'),
    })
    const folders = fc.array(fc.array(record, { maxLength: 5 }), { minLength: 2, maxLength: 6 })
    let number = 0
    await fc.assert(
      fc.asyncProperty(folders, async (files) => {
        number++
        const contentOf = (type: string) =>
          Object.fromEntries(
            files.map((records, at) => [
              `${at}.json`,
              records
                .map(
                  ({ id, n, day }) =>
                    `{"event_type":"${type}"${id === null ? '' : `,"event_id":"${id}"`},"n":${n},"event_date":"${day}"}\n`,
                )
                .join(''),
            ]),
          )
        const together = folderOf(`together${number}`, contentOf(`together${number}`))
        const apart = folderOf(`oneby_one${number}`, contentOf(`oneby_one${number}`))
        const all = await reportsOf([together], parts)
        const rowsOf = (type: string) =>
          files.flat().length === 0
            ? []
            : clients.query(
                `SELECT n, IF(STARTS_WITH(event_id, 'load-'), '', event_id) AS id, event_date FROM ${DATASET}.${type}${number} ORDER BY 2, 1, 3`,
              )
        // in the order in which the disk names them
        for (const [name, report] of all) {
          const one = await reportsOf([join(apart, name)], parts)
          assert.equal(toldOf(report), toldOf(one.get(name)), name)
        }
        assert.deepEqual(await rowsOf('together'), await rowsOf('oneby_one'))
      }),
      {
        seed,
        numRuns: many(20, 4),
        endOnFailure: true,
        // one id on two days
        examples: [[[[{ id: '1', n: 0, day: '2026-03-04' }], [{ id: '1', n: 1, day: '2026-03-09' }]]]],
      },
    )
  })

  await t.test('of several tasks each file has one, and none waits for another', async (t) => {
    const files = Array.from(
      { length: 40 },
      (_, n) => [`${n}.json`, linesOf([{ event_type: 'shared', event_id: `s${n}` }])] as const,
    )
    const folder = folderOf('tasks', Object.fromEntries(files))
    const all = await Promise.all(
      [0, 1, 2].map((task) => reportsOf([folder], { ...parts, task, tasks: 3, waitMs: 1 })),
    )
    const loaded = all.map((reports) =>
      [...reports].filter(([, { outcome }]) => outcome === 'loaded').map(([name]) => name),
    )
    t.equal(loaded.flat().length, 40)
    t.equal(new Set(loaded.flat()).size, 40)
    t.ok(
      loaded.every((names) => names.length > 0),
      'each has some',
    )
    t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.shared`), 40)
  })

  await t.test('a dry run of many tells of the first ones, and of the others together', async (t) => {
    const files = Array.from(
      { length: 15 },
      (_, n) => [`${n}.json`, linesOf([{ event_type: 'dry', event_id: `d${n}` }, {}])] as const,
    )
    const folder = folderOf('dry', Object.fromEntries(files))
    const reports = await reportsOf([folder], { ...parts, dryRun: true })
    t.equal(reports.size, 11)
    t.match(reports.get('5 more small files together'), {
      survey: { records: 10, rejected: 5, bad: [{ where: /file:.*\/dry\/\d+\.json, line 2/ }] },
    })
    t.same(await ledgerOf(folder), [])
  })

  await t.test(
    'killed at any moment, with files that are others by then, each record lands once',
    async (t) => {
      const step = Number(process.env['EACH'] ?? many(7, 15))
      const first = Number(process.env['FIRST'] ?? 1 + (Date.now() % step))
      t.comment(`FIRST=${first}`)
      let calls = first
      for (; ; calls += step) {
        const event = (id: string, more: object = {}) => ({
          event_type: 'step',
          event_id: `${calls}-${id}`,
          ...AT,
          ...more,
        })
        const folder = folderOf(`killed${calls}`, {
          'a.json': linesOf([event('a1', { n: 1 }), event('a2', { n: 2 })]),
          'b.json': `{\n${linesOf([event('b1', { n: 4 }), event('a1', { n: 1 })])}`,
          'c.json': linesOf([event('c1', { n: 8 }), event('a2', { n: 99 })]),
          'd.json': linesOf([event('d1', { n: 16 })]),
        })
        letters.clear()
        const isDone = await reportsOf([folder], dyingAfter(parts, calls)).then(
          () => true,
          (error: unknown) => {
            if (isKill(error)) return false
            throw error
          },
        )
        // one is gone on with, one is new
        writeFileSync(join(folder, 'd.json'), linesOf([event('d1', { n: 16 }), event('d2', { n: 32 })]))
        writeFileSync(join(folder, 'a0.json'), linesOf([event('e1', { n: 64 })]))
        await reportsOf([folder], parts)
        const what = `killed after ${calls} calls`
        const sum = `SELECT COUNT(*) AS there, COUNT(DISTINCT event_id) AS ids, SUM(n) AS n FROM ${DATASET}.step WHERE STARTS_WITH(event_id, '${calls}-')`
        const [rows] = (await clients.query(sum)) as { there: number; ids: number; n: number }[]
        // two files have a2, with other bytes: which of them is first the disk says
        t.match(rows, { there: 7, ids: 7 }, what)
        t.ok([127, 127 - 2 + 99].includes(rows!.n), `${what}: ${rows!.n}`)
        const ledger = await ledgerOf(folder)
        t.same(
          ledger.map(({ source }) => basename(source)),
          ['a.json', 'a0.json', 'b.json', 'c.json', 'd.json'],
          what,
        )
        for (const { source, records, landed, duplicates, dead } of ledger)
          t.equal(records, landed + duplicates + dead, `${what}: ${source}`)
        t.equal(
          ledger.reduce((all, each) => all + each.landed, 0),
          7,
          `${what}: ${JSON.stringify(ledger)}`,
        )
        t.equal(letters.size, 2, what)
        if (isDone) break
      }
      t.ok(calls > 25, `${calls} calls`)
    },
  )
})

t.test(
  'kill -9 again and again until hundreds of files are loaded: each record has landed once',
  async (t) => {
    const pipeline = await startPipeline({ services: ['table-manager'] })
    t.teardown(() => pipeline.close())
    await makeLoadBucket(pipeline)
    const files = Array.from(
      { length: 300 },
      (_, n) =>
        [
          `${n}.json`,
          linesOf([
            { event_type: 'step', event_id: `s${n}`, ...AT, n },
            { event_type: 'step', n: n % 7 },
          ]),
        ] as const,
    )
    const folder = folderOf('hundreds', Object.fromEntries(files))
    // what a process can do in its time differs from machine to machine
    for (let killAfterMs = 1000; ; killAfterMs += many(300, 800)) {
      const { code, output } = await runLoad(pipeline, [folder], {
        killAfterMs,
        env: { LOAD_LEASE_SECONDS: '1' },
      })
      if (code === null) continue
      t.equal(code, 0, output)
      t.match(output, /^all sources: .*loaded/m)
      t.ok(output.split('\n').length < 60, output)
      break
    }
    const { clients } = pipeline
    t.same(
      await clients.query(`SELECT COUNT(*) AS there, COUNT(DISTINCT event_id) AS ids FROM ${DATASET}.step`),
      [{ there: 307, ids: 307 }],
    )
    t.same(
      await clients.query(
        `SELECT COUNT(*) AS files, SUM(records) AS records, SUM(landed) AS landed, SUM(duplicates) AS duplicates FROM ${DATASET}.loads`,
      ),
      [{ files: 300, records: 600, landed: 307, duplicates: 293 }],
    )
  },
)
