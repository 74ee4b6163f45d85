import { globSync, readFileSync } from 'node:fs'
import t from 'tap'
import { openRest } from '../open-bigquery.ts'

interface Answer {
  readonly error?: { readonly message: string; readonly errors: readonly { readonly reason: string }[] }
}

const SOURCES = new URL('../../src/sql/', import.meta.url)
const SUPPORT = readFileSync(new URL('../../SUPPORT.md', import.meta.url), 'utf8')

/** `statement => what its refusal says` */
const LISTED = /### What is refused by name.*?```text\n(.*?)```/s
  .exec(SUPPORT)![1]!
  .trim()
  .split('\n')
  .map((line) => {
    const at = line.lastIndexOf(' => ')
    return [line.slice(0, at), line.slice(at + 4)] as const
  })

/** A place that refuses, and what it says, as a pattern. */
function placesOf(file: string): (readonly [place: string, says: RegExp])[] {
  const text = readFileSync(new URL(file, SOURCES), 'utf8')
  return [...text.matchAll(/notImplemented\(\s*(?:`([^`]*(?:\$\{[^}]*\}[^`]*)*)`|'([^']*)')/g)].map(
    (found) => {
      const line = text.slice(0, found.index).split('\n').length
      const parts = (found[1] ?? found[2])!.split(/\$\{(?:[^{}]|\{[^{}]*\})*\}/)
      const pattern = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')
      return [`${file}:${line}`, new RegExp(`local-cloud does not support ${pattern} \\(see`, 's')]
    },
  )
}

/** Refused before they come so far: a statement ends at its semicolon, and DROP SCHEMA takes all that may stand there. */
const BEHIND_OTHERS = [/^statements\/create-statement\.ts:/]
const isBehind = (place: string, says: RegExp): boolean =>
  BEHIND_OTHERS.some((pattern) => pattern.test(place)) && says.source.includes('support scripts ')

t.test('SUPPORT.md lists each refusal of SQL, and each is made by its name', async (t) => {
  const { ask, post } = await openRest<Answer>(t)
  for (const statement of [
    'CREATE TABLE d.t (a INT64, s STRUCT<f INT64>)',
    'CREATE TABLE d.u (a INT64)',
    'CREATE VIEW d.v AS SELECT 1 AS a',
    'CREATE TABLE d.w1 (a INT64)',
    'CREATE TABLE d.w2 (a STRING)',
  ])
    t.notOk((await ask(statement)).error, statement)
  for (const [tableId, field] of [
    ['g', { name: 'g', type: 'GEOGRAPHY' }],
    ['r', { name: 'r', type: 'TIMESTAMP', timestampPrecision: 12 }],
  ] as const) {
    const reference = { projectId: 'p', datasetId: 'd', tableId }
    const { error } = await post('datasets/d/tables', {
      tableReference: reference,
      schema: { fields: [field] },
    })
    t.notOk(error, tableId)
  }
  const said: string[] = []
  for (const [statement, words] of LISTED) {
    const { error } = await ask(statement)
    said.push(error?.message ?? '')
    t.equal(error?.errors[0]?.reason, 'notImplemented', statement, { error })
    t.ok(error?.message.includes(words), statement, { error, words })
  }
  for (const file of globSync('**/*.ts', { cwd: SOURCES }))
    for (const [place, says] of placesOf(file))
      t.ok(isBehind(place, says) || said.some((message) => says.test(message)), `${place} is listed`, {
        says,
      })
})
