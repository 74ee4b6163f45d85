import { parsePolicies } from '@tablestream/contract'
import { planAll } from '@tablestream/table-schema'
import t from 'tap'
import type { Workshop } from '../src/google/storage.ts'
import { judgeRecord } from '../src/judge/judge-record.ts'
import { isValid, RowsAhead } from '../src/rows-ahead.ts'
import type { SourceLoad } from '../src/source-load.ts'
import { createSurveyor } from '../src/survey.ts'
import { joined, objectsOf, type Written } from '../src/written.ts'

const AT = '2026-11-30T00:00:00Z'

/** A share that is surveyed, with what is in its workshop. */
function open(firstLine: number | undefined) {
  const objects = new Map<string, string>()
  const workshop = {
    put: (name: string, bytes: Buffer) => Promise.resolve(void objects.set(name, bytes.toString())),
    remove: (names: readonly string[]) => Promise.resolve(names.forEach((name) => objects.delete(name))),
    bytesOf: (name: string) => Promise.resolve(Buffer.from(objects.get(name)!)),
  } as unknown as Workshop
  const policies = parsePolicies('')
  const source = {
    object: { markLanded: () => Promise.resolve() },
    workshop,
    parts: { policies, tableOf: (type: string) => type },
    begunAt: AT,
    load: { loadId: 'x' },
  } as unknown as SourceLoad
  const portion = { uri: 'file:/a', version: '1', index: 2, of: 3, from: 0, until: 1 }
  const ahead = new RowsAhead(source, { ...portion, ...(firstLine !== undefined && { firstLine }) })
  const surveyor = createSurveyor(policies, () => undefined)
  let line = 0
  const add = async (json: string) => {
    const place = { uri: 'file:/a', byte: line, ...(firstLine !== undefined && { line: firstLine + line }) }
    line++
    const judged = judgeRecord({ kind: 'record', json: Buffer.from(json), place }, { loadedAt: AT })
    if (ahead.add(judged, place, surveyor.add(judged, place))) await ahead.settle()
  }
  return { ahead, add, objects, workshop }
}

const event = (id: string, more: string) => `{"event_type":"thing","event_id":"${id}",${more}}`

t.test('rows are kept from where the columns are those of the end', async (t) => {
  const { ahead, add, objects } = open(7)
  for (const json of [event('1', '"a":1'), 'bad', event('2', '"a":1.5'), event('3', '"b":"x"')])
    await add(json)
  const made = (await ahead.finish())!
  t.equal(made.from, 2, 'the type of a column was found with the third record')
  t.same(made.written.types['thing']?.rows, 2)
  t.equal(made.written.letters, undefined, 'the second one is read again')
  t.same([...objects.keys()].toSorted(), objectsOf(made.written).toSorted(), 'and nothing else is left')
  const rows = objects.get(made.written.types['thing']!.objects[0]!)!
  t.match(rows, /"_load_place":8589934594,.*"a":"1\.5"/, 'places are those in the share')
  const columns = { thing: made.columns['thing']! }
  t.equal(isValid(made, columns), true)
  const other = planAll(undefined, [{ a: 'x', b: 'x' }]).columns
  t.equal(isValid(made, { thing: other }), false, 'of other columns')
  t.equal(isValid(made, { thing: null }), false, 'where there is no table')
  t.equal(isValid(made, {}), false)
})

t.test('a dead letter that cannot tell its line is made again when all are counted', async (t) => {
  const counted = open(7)
  const uncounted = open(undefined)
  for (const each of [counted, uncounted]) {
    await each.add(event('1', '"a":1'))
    await each.add('bad')
  }
  t.match(counted.objects.get((await counted.ahead.finish())!.written.letters!), 'dead-letter-place":"line 8')
  t.equal(await uncounted.ahead.finish(), undefined)
  t.equal(uncounted.objects.size, 0)
})

t.test('what was made of the first records and of those behind them is one', async (t) => {
  const { objects, workshop } = open(1)
  objects.set('l1', 'one').set('l2', 'two').set('i1', '[[1,"a"]]').set('i2', '[[2,"b"]]')
  const type = { table: 'thing', rows: 1, deadLetters: 1, days: [1], objects: ['r1'] }
  const first: Written = { types: { thing: type }, letters: 'l1', ids: 'i1' }
  const second: Written = {
    types: {
      thing: { table: 'thing', rows: 2, deadLetters: 0, days: [1, 2], objects: ['r2'] },
      other: { ...type, days: undefined },
    },
    letters: 'l2',
    ids: 'i2',
  }
  const both = await joined(workshop, 5, first, second)
  t.match(both.types, {
    thing: { rows: 3, deadLetters: 1, days: [1, 2], objects: ['r1', 'r2'] },
    other: { rows: 1, deadLetters: 1 },
  })
  t.equal(both.types['other']?.days, undefined)
  t.equal(objects.get(both.letters!), 'one\ntwo')
  t.equal(objects.get(both.ids!), '[[1,"a"],[2,"b"]]')
  const open1 = { types: { thing: { ...type, days: undefined } }, letters: undefined }
  const late = await joined(workshop, 5, open1, { types: { thing: type }, letters: undefined })
  t.equal(late.types['thing']?.days, undefined, 'a day that is not known makes all of them unknown')
  t.equal(late.letters, undefined)
})
