import { readFileSync } from 'node:fs'
import t from 'tap'
import { knownFunctions } from '../../src/sql/functions/index.ts'

t.test('SUPPORT.md lists the functions that are known, and has a date', (t) => {
  const text = readFileSync(new URL('../../SUPPORT.md', import.meta.url), 'utf8')
  const listed = /Functions: (.*?)\.\n/s.exec(text)![1]!.split(/,\s+/)
  t.same(listed.toSorted(), knownFunctions())
  t.match(text, /As of \d{4}-\d{2}-\d{2}/)
  t.end()
})
