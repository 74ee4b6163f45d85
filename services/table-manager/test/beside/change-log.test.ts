import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import { createChangeLog } from '../../src/beside/change-log.ts'
import type { ChangeRecord, TableChange } from '../../src/table-change.ts'

const change: TableChange = {
  table: 'x',
  outcome: 'altered',
  added: ['b'],
  relaxed: [],
  widened: [{ path: 'a', from: 'INT64', to: 'NUMERIC' }],
  eventIds: ['1'],
}
const row = {
  changed_at: '2026-01-01T00:00:00.000Z',
  table_name: 'x',
  change: 'altered',
  added: ['b'],
  relaxed: [],
  widened: [{ path: 'a', from_type: 'INT64', to_type: 'NUMERIC' }],
  event_ids: ['1'],
}

function changeLog(insertChange: (record: ChangeRecord) => Promise<void>) {
  const published: { data: Buffer; attributes: object }[] = []
  const errors: object[] = []
  const logger = createLogger({ service: 'test', level: 'silent' })
  logger.error = (what: object) => void errors.push(what)
  const log = createChangeLog({
    tables: { insertChange },
    publisher: {
      publish: (messages) =>
        Promise.resolve(published.push(...(messages as typeof published))).then(() => []),
      close: () => Promise.resolve(),
    },
    logger,
    now: () => new Date('2026-01-01T00:00:00Z'),
  })
  return { log, published, errors }
}

t.test('a change is a row and a message, under one id', async (t) => {
  const rows: ChangeRecord[] = []
  const { log, published } = changeLog((record) => Promise.resolve(void rows.push(record)))
  await log.tell(change)
  t.match(rows, [row])
  t.same(JSON.parse(String(published[0]!.data)), rows[0])
  t.same(published[0]!.attributes, { table: 'x', change: 'altered' })
})

t.test('a change that could not be recorded when the service ends is logged whole', async (t) => {
  const { log, published, errors } = changeLog(() => Promise.reject(new Error('no such table')))
  const told = log.tell(change)
  await log.close()
  await told
  t.match(errors, [{ ...row, err: { message: 'no such table' } }])
  t.equal(published.length, 1, 'the message went out')
})

t.test('a change of more paths than a message, a row or a log line takes is told in parts', async (t) => {
  const rows: ChangeRecord[] = []
  const { log, published } = changeLog((record) => Promise.resolve(void rows.push(record)))
  const paths = Array.from({ length: 4000 }, (_, n) => `${'deep.'.repeat(600)}${n}`)
  const widened = paths.slice(0, 100).map((path) => ({ path, from: 'INT64', to: 'NUMERIC' }) as const)
  await log.tell({ ...change, added: paths, relaxed: paths.slice(0, 50), widened })
  const ids = new Set(rows.map(({ change_id }) => change_id))
  t.equal(ids.size, rows.length)
  for (const { data } of published) t.ok(data.length < 200_000, `${data.length} bytes`)
  t.same(
    rows.flatMap(({ added }) => added),
    paths,
  )
  t.same(
    rows.flatMap(({ relaxed }) => relaxed),
    paths.slice(0, 50),
  )
  t.same(
    rows.flatMap((each) => each.widened.map(({ path }) => path)),
    paths.slice(0, 100),
  )
  for (const each of rows) t.match(each, { table_name: 'x', change: 'altered', event_ids: ['1'] })
})

t.test('many short paths, and those that are no ASCII, are told in parts, too', async (t) => {
  const { log, published } = changeLog(() => Promise.resolve())
  const widened = Array.from(
    { length: 9990 },
    (_, n) => ({ path: `c${n}`, from: 'INT64', to: 'NUMERIC' }) as const,
  )
  await log.tell({
    ...change,
    widened,
    added: Array.from({ length: 500 }, (_, n) => `${'日'.repeat(300)}${n}`),
  })
  for (const { data } of published) t.ok(data.length < 200_000, `${data.length} bytes`)
  const told = published.flatMap(({ data }) => (JSON.parse(String(data)) as ChangeRecord).widened)
  t.equal(told.length, 9990)
})
