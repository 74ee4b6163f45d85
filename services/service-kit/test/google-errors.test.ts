import t from 'tap'
import { codeOf, mayPassSoon } from '../src/index.ts'

t.test('a code is read from whatever was thrown, and is undefined where there is none', (t) => {
  t.equal(codeOf(Object.assign(new Error('gone'), { code: 404 })), 404)
  t.equal(codeOf(Object.assign(new Error('no answer'), { code: 'ECONNRESET' })), 'ECONNRESET')
  t.equal(codeOf(new Error('of ours')), undefined)
  t.end()
})

t.test('a rate and a failure of the backend pass soon; a day’s quota and a wrong query do not', (t) => {
  for (const reason of ['rateLimitExceeded', 'jobBackendError', 'tableUnavailable'])
    t.ok(mayPassSoon(reason), reason)
  for (const reason of ['quotaExceeded', 'invalidQuery', 'notFound', '']) t.notOk(mayPassSoon(reason), reason)
  t.end()
})
