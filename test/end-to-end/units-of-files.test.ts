import { basename, join } from 'node:path'
import { parsePolicies } from '@tablestream/contract'
import { LoadError, loadSources, type LoadParts, type SourceReport } from '@tablestream/batch-loader'
import t from 'tap'
import { DATASET } from './pipeline.ts'
import { folderOf, linesOf, reportsOf, startSmallLoads, toldOf } from './small-loads.ts'

t.test('a unit of small files has one owner, and each of its files its own end', async (t) => {
  const { parts, clients, ledgerOf } = await startSmallLoads(t)

  await t.test('what was left half landed is landed by a start that finds no small file', async (t) => {
    const folder = folderOf('left', {
      'a.json': linesOf([{ event_type: 'left', event_id: '1' }]),
      'b.json': linesOf([{ event_type: 'left', event_id: '2' }]),
    })
    const commit = () => Promise.reject(new Error('killed'))
    await t.rejects(reportsOf([folder], { ...parts, streams: { ...parts.streams, commit } }), {
      message: 'killed',
    })
    t.same(await ledgerOf(folder), [])
    const said: string[] = []
    const progress = { ...parts.progress, say: (text: string) => said.push(text) }
    const others = { ...parts, progress, policyText: '{ }' }
    const beside = { 'c.json': linesOf([{ event_type: 'beside', event_id: '1' }]), 'd.json': '' }
    await reportsOf([folderOf('nothing else', beside)], others)
    t.same(said, [], 'it is nothing to who loads other files')
    let asked = 0
    const find: LoadParts['ledger']['find'] = (ids) =>
      asked++ === 0 ? parts.ledger.find(ids) : Promise.reject(new Error('stopped'))
    const stopped = { ...others, ledger: { ...parts.ledger, find } }
    await t.rejects(reportsOf([folder], stopped), { message: 'stopped' })
    t.match(said, [
      /^file:.*\.json and 1 more files: a load by other rules .*, see gs:\/\/.*\/unit\.json\. If it was killed, /,
    ])
    const reports = await reportsOf([folderOf('nothing', {})], parts)
    t.same([...reports.values()].map(toldOf), ['1 0 0', '1 0 0'])
    t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.left`), 2)
  })

  await t.test('another load leaves a unit to the one that lands it, as long as that lives', async (t) => {
    const filesOf = (first: string, second: string) => ({
      [`${first}.json`]: linesOf([{ event_type: 'lived', event_id: first }]),
      [`${second}.json`]: linesOf([{ event_type: 'lived', event_id: second }]),
    })
    const reached = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    const living = { ...parts, leaseMs: 30_000 }
    const commit: LoadParts['streams']['commit'] = async (table, stream) => {
      reached.resolve()
      await gate.promise
      await parts.streams.commit(table, stream)
    }
    const folder = folderOf('living', filesOf('a', 'b'))
    const first = reportsOf([folder], { ...living, streams: { ...parts.streams, commit } })
    await reached.promise
    const looked = Promise.withResolvers<void>()
    let looks = 0
    const workshopOf: LoadParts['workshopOf'] = (prefix) => {
      const workshop = parts.workshopOf(prefix)
      if (!prefix.includes('/unit-turns/')) return workshop
      const names = () => {
        if (++looks === 3) looked.resolve()
        return workshop.names()
      }
      return { ...workshop, names }
    }
    const second = reportsOf([folderOf('beside', filesOf('c', 'd'))], { ...living, workshopOf })
    await Promise.race([looked.promise, second])
    gate.resolve()
    const told = (reports: ReadonlyMap<string, SourceReport>) =>
      [...reports].map(([name, report]) => `${name} ${toldOf(report)}`).toSorted()
    t.same(told(await first), ['a.json 1 0 0', 'b.json 1 0 0'])
    t.same(told(await second), ['c.json 1 0 0', 'd.json 1 0 0'])
    t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.lived`), 4)
    t.same(
      (await ledgerOf(folder)).map(({ landed }) => landed),
      [1, 1],
    )
  })

  await t.test('two loads of the same files at once: each has its end once', async (t) => {
    const files = Array.from({ length: 20 }, (_, n) => [
      `${n}.json`,
      linesOf([
        { event_type: 'at_once', event_id: `${n}` },
        { event_type: 'at_once', n },
      ]),
    ])
    const folder = folderOf('at_once', Object.fromEntries(files) as Record<string, string>)
    const living = { ...parts, leaseMs: 30_000 }
    await Promise.all([reportsOf([folder], living), reportsOf([folder], living)])
    t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.at_once`), 40)
    t.ok((await ledgerOf(folder)).every(({ records, landed }) => records === 2 && landed === 2))
  })

  await t.test('a file that is named twice is loaded once', async (t) => {
    const folder = folderOf('twice', {
      'a.json': `${linesOf([{ event_type: 'twice', event_id: '1' }])}{\n`,
      'b.json': linesOf([{ event_type: 'twice', event_id: '2' }]),
    })
    const reports = await Array.fromAsync(loadSources([folder, join(folder, 'a.json')], parts))
    t.same(reports.map(({ source, outcome }) => `${basename(source)} ${outcome}`).toSorted(), [
      'a.json loaded',
      'a.json loaded before',
      'b.json loaded',
    ])
    t.same(
      (await ledgerOf(folder)).map(({ records }) => records),
      [2, 1],
    )
  })

  await t.test('one that cannot land is named, and the others land', async (t) => {
    const folder = folderOf('refused', {
      'a.json': linesOf([{ event_type: 'can_land', event_id: '1' }]),
      'b.json': linesOf([{ event_type: 'replaced', event_id: '2' }]),
      'c.json': linesOf([{ event_type: 'can_land', event_id: '3' }]),
    })
    const policies = parsePolicies('{"replaced":{"duplicates":"upsert"}}')
    const reports = await reportsOf([folder], { ...parts, policies })
    t.equal(toldOf(reports.get('a.json')), '1 0 0')
    t.equal(toldOf(reports.get('c.json')), '1 0 0')
    t.match(reports.get('b.json'), {
      outcome: 'not loaded',
      error: { rule: 'table_upserts', message: /refused\/b\.json: events of type replaced/ },
    })
  })

  await t.test('a large file that cannot land does not keep those from landing that wait', async (t) => {
    const folder = folderOf('large', {
      'a.json': linesOf([{ event_type: 'waited', event_id: '1' }]),
      'large.json': linesOf([{ event_type: 'replaced', event_id: '2', text: 'x'.repeat(100) }]),
    })
    const policies = parsePolicies('{"replaced":{"duplicates":"upsert"}}')
    const sources = ['a.json', 'large.json'].map((name) => join(folder, name))
    await t.rejects(reportsOf(sources, { ...parts, policies, streamBytes: 800 }), {
      message: /take each other's place/,
    })
    t.match(await ledgerOf(folder), [{ source: /a\.json$/, landed: 1 }])
  })

  await t.test(
    'where a part of a unit has landed and another cannot, it is told by name, and stops nothing',
    async (t) => {
      const folder = folderOf('half', {
        'a.json': linesOf([{ event_type: 'half_a', event_id: '1' }]),
        'b.json': linesOf([{ event_type: 'half_b', event_id: '2' }]),
      })
      const create: LoadParts['streams']['create'] = (table) => {
        if (table === 'half_b') throw new LoadError('stream_failed', 'no stream')
        return parts.streams.create(table)
      }
      const cut = { ...parts, streams: { ...parts.streams, create } }
      const other = folderOf('half_other', {
        'c.json': linesOf([{ event_type: 'half_a', event_id: '3' }]),
        'd.json': linesOf([{ event_type: 'half_a', event_id: '4' }]),
      })
      const told = async (sources: readonly string[], given: LoadParts) =>
        [...(await reportsOf(sources, given))].map(([name, report]) => `${name} ${toldOf(report)}`).toSorted()
      t.same(await told([folder], cut), ['a.json not loaded', 'b.json not loaded'])
      t.same(await told([folder, other], cut), [
        'a.json not loaded',
        'b.json not loaded',
        'c.json 1 0 0',
        'd.json 1 0 0',
      ])
      t.same(await told([folder], parts), ['a.json 1 0 0', 'b.json 1 0 0'])
    },
  )

  await t.test('a type may be called as what every object of JavaScript has', async (t) => {
    const folder = folderOf('called', {
      'a.json': linesOf([{ event_type: 'constructor', event_id: '1' }]),
      'b.json': linesOf([{ event_type: 'valueOf', event_id: '2' }]),
    })
    const alone = folderOf('called_alone', {
      'a.json': linesOf([{ event_type: 'constructor', event_id: '3' }]),
    })
    for (const each of [folder, alone])
      t.same(new Set([...(await reportsOf([each], parts)).values()].map(toldOf)), new Set(['1 0 0']))
  })

  await t.test('a dry run refuses too many bad records in whichever file', async (t) => {
    const bad = { [`bad.json`]: '{\n'.repeat(1200) }
    const good = Array.from({ length: 11 }, (_, n) => [`${n}.json`, linesOf([{ event_type: 'dry', n }])])
    const files = { ...(Object.fromEntries(good) as Record<string, string>), ...bad }
    const folder = folderOf('dry_bad', files)
    const sources = Object.keys(files).map((name) => join(folder, name))
    await t.rejects(reportsOf(sources, { ...parts, dryRun: true, maxBad: 0.5 }), {
      message: /records are bad/,
    })
  })
})
