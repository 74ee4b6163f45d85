import { readFileSync } from 'node:fs'
import t from 'tap'
import { openSqlRows } from './ask-sql.ts'

const SCRIPTS = readFileSync(new URL('googlesql-scripts.txt', import.meta.url), 'utf8')

/**
 * `statements => rows` a line, as GoogleSQL's documentation has them: cells with ` | ` between, rows with ` / `. `ERR: words` is an
 * error that says so, ERR any error. What one line makes the next ones find.
 */
t.test('statements and scripts of GoogleSQL', async (t) => {
  const ask = await openSqlRows(t)
  for (const line of SCRIPTS.split('\n').filter((each) => each !== '' && !each.startsWith('#'))) {
    const at = line.lastIndexOf(' => ')
    const [script, wanted] = [line.slice(0, at), line.slice(at + 4)]
    const told = await ask(script)
    const [isError, words = ''] = /^ERR(?:: (.*))?$/.exec(wanted) ?? []
    if (isError === undefined) t.equal('error' in told ? told.error : told.rows, wanted, line)
    else t.ok('error' in told && told.error.includes(words), line, { told })
  }
})
