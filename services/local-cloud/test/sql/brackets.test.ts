import t from 'tap'
import { openRest } from '../open-bigquery.ts'
import { Brackets } from '../../src/sql/tree/brackets.ts'
import { tokenize } from '../../src/sql/tokens.ts'

interface Answer {
  readonly rows?: readonly { readonly f: readonly { readonly v: unknown }[] }[]
  readonly error?: { readonly message: string; readonly errors: readonly { readonly reason: string }[] }
}

const deep = (count: number, inside: string) => `${'('.repeat(count)}${inside}${')'.repeat(count)}`

t.test('each bracket is looked at once, however deep they stand', (t) => {
  for (const [inside, isQuery] of [
    ['SELECT 1', true],
    ['SELECT 1) + (1', false],
  ] as const) {
    const tokens = tokenize(deep(100_000, inside))
    const brackets = new Brackets(tokens)
    // with another look for each of them these would be 10^10 steps
    const asked = tokens.slice(0, 100_000).map((_, at) => brackets.mayHoldQuery(at))
    t.equal(asked[0], isQuery, inside)
    t.equal(brackets.inside(0), 100_000)
  }
  t.end()
})

t.test('what stands too deep in brackets is refused as too complex', async (t) => {
  const { post } = await openRest<Answer>(t)
  const ask = (query: string) => post('queries', { query, useLegacySql: false })
  for (const query of [`SELECT ${deep(100, '1')}`, `SELECT ${deep(100, 'SELECT 1')}`, deep(100, 'SELECT 1')])
    t.equal((await ask(query)).rows?.[0]?.f[0]?.v, '1')
  const { error } = await ask(`SELECT ${deep(50_000, '1')}`)
  t.match(error?.message, /query is too complex/)
  t.equal(error?.errors[0]?.reason, 'resourcesExceeded')
})
