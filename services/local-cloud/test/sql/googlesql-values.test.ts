import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { openSql } from './ask-sql.ts'

const FOLDER = new URL('googlesql-values/', import.meta.url)

/**
 * `expression => value` a line, as the documentation of the function has it; ERR where it is an error, or refused. `ERR: words` is an error
 * that says so.
 */
for (const name of readdirSync(FOLDER))
  t.test(`values of GoogleSQL: ${name}`, async (t) => {
    const ask = await openSql(t)
    const lines = readFileSync(new URL(name, FOLDER), 'utf8').split('\n')
    for (const line of lines.filter((each) => each !== '' && !each.startsWith('#'))) {
      const at = line.lastIndexOf(' => ')
      const told = await ask(`SELECT ${line.slice(0, at)}`)
      const [, words] = /^ERR: (.*)$/.exec(line.slice(at + 4)) ?? []
      if (words !== undefined) t.ok('error' in told && told.error.includes(words), line, { told })
      else t.equal('error' in told ? 'ERR' : (told.value ?? 'NULL'), line.slice(at + 4), line)
    }
  })
