import { mkdtempSync, readdirSync, rmSync, truncateSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { linesOf } from '../../../src/bigquery/table/line-writer.ts'
import { RowLog, type LoggedRows } from '../../../src/bigquery/store/row-log.ts'

function folderOf(t: { teardown: (done: () => void) => void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'row-log-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function rows(sequence: number, text = `{"n":${sequence}}`): Omit<LoggedRows, 'segment'> {
  return { incarnation: 'table', sequence, mode: 'append', lines: linesOf([text, text]) }
}

function read(folder: string): LoggedRows[] {
  const found: LoggedRows[] = []
  new RowLog(folder).restore((each) => found.push(each) > 0)
  return found
}

t.test('what is written is read back, in its order, over several files', (t) => {
  const folder = folderOf(t)
  const log = new RowLog(folder, 200)
  for (let sequence = 1; sequence <= 20; sequence++) log.append(rows(sequence))
  t.ok(readdirSync(folder).length > 3, 'several files')
  const found = read(folder)
  t.same(
    found.map(({ sequence }) => sequence),
    Array.from({ length: 20 }, (_, index) => index + 1),
  )
  t.equal(found[4]!.lines.bytes.toString(), '{"n":5}\n{"n":5}')
  t.equal(found[4]!.lines.count, 2)
  t.end()
})

t.test('a file goes when all of its rows are in their tables, and those before it have gone', (t) => {
  const folder = folderOf(t)
  const log = new RowLog(folder, 1)
  const segments = [1, 2, 3].map((sequence) => log.append(rows(sequence)))
  log.release(segments[1]!)
  t.equal(readdirSync(folder).length, 3)
  log.release(segments[0]!)
  t.equal(readdirSync(folder).length, 1)
  t.equal(log.firstSequence, 3)
  log.release(segments[2]!)
  log.close()
  t.same(readdirSync(folder), [])
  t.end()
})

t.test('a record that a kill tore off is none, and the next one is written in its place', (t) => {
  const folder = folderOf(t)
  const log = new RowLog(folder)
  log.append(rows(1))
  log.append(rows(2, '{"text":"torn off"}'))
  const path = join(folder, readdirSync(folder)[0]!)
  truncateSync(path, statSync(path).size - 5)
  const next = new RowLog(folder)
  next.restore(() => true)
  next.append(rows(3))
  t.same(
    read(folder).map(({ sequence }) => sequence),
    [1, 3],
  )
  t.end()
})
