import { parsePolicies } from '@tablestream/contract'
import { column } from '@tablestream/table-schema'
import t from 'tap'
import type { Workshop } from '../src/google/storage.ts'
import { judgeRecord } from '../src/judge/judge-record.ts'
import { RowsOfPortion } from '../src/rows.ts'

const AT = '2026-11-30T00:00:00Z'
const COLUMNS = [column('event_id', 'STRING'), column('text', 'STRING')]

/** The rows of a portion, and what becomes of its objects: each stays on its way until it is let go. */
function open() {
  const stored: [name: string, bytes: string][] = []
  const underWay: { readonly done: () => void; readonly fail: (error: Error) => void }[] = []
  const workshop = {
    put: (name: string, bytes: Buffer) =>
      new Promise<void>((resolve, reject) => {
        const done = () => {
          // what is sent late is what it was
          stored.push([name, bytes.toString()])
          resolve()
        }
        underWay.push({ done, fail: reject })
      }),
  } as unknown as Workshop
  const rows = new RowsOfPortion({
    workshop,
    policies: parsePolicies(''),
    targetOf: () => ({ table: 'things', columns: COLUMNS }),
    processedAt: AT,
    loadId: 'x',
    portion: 7,
    keepsIds: false,
  })
  let line = 0
  const add = (text: string) => {
    const json = Buffer.from(JSON.stringify({ event_type: 'thing', event_id: `e${line}`, text }))
    const place = { uri: 'file:/a', line: line++ }
    return rows.add(judgeRecord({ kind: 'record', json, place }, { loadedAt: AT }), place)
  }
  return { rows, add, stored, underWay }
}

t.test('rows are made while those before them are stored, and no more than that', async (t) => {
  const { rows, add, stored, underWay } = open()
  add('first')
  await rows.store()
  add('second')
  let isStored = false
  const second = rows.store().then(() => (isStored = true))
  await new Promise(setImmediate)
  t.equal(isStored, false, 'what is held waits until the first object is there')
  t.equal(underWay.length, 1)
  underWay[0]!.done()
  await second
  add('third')
  underWay[1]!.done()
  const finished = rows.finish()
  await new Promise(setImmediate)
  underWay[2]!.done()
  const { types } = await finished
  t.equal(types['thing']?.rows, 3)
  t.same(types['thing']?.columns, ['text'])
  t.same(
    stored.map(([name]) => name),
    types['thing']?.objects,
  )
  for (const [index, text] of ['first', 'second', 'third'].entries()) {
    t.match(stored[index]![1], `"text":"${text}"`)
    t.equal(stored[index]![1].split('\n').length, 2, 'an object has its own rows and no others')
  }
})

t.test('an object that is not stored stops the portion: the next one, or its end', async (t) => {
  const next = open()
  next.add('first')
  await next.rows.store()
  next.underWay[0]!.fail(new Error('no bucket'))
  next.add('second')
  await t.rejects(next.rows.store(), { message: 'no bucket' })
  const last = open()
  last.add('first')
  const finished = last.rows.finish()
  await new Promise(setImmediate)
  last.underWay[0]!.fail(new Error('no bucket'))
  await t.rejects(finished, { message: 'no bucket' })
})
