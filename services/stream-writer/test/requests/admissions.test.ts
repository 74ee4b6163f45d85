import t from 'tap'
import { Admissions } from '../../src/requests/admissions.ts'

t.test('the keys of all tables together have a bound: what was asked for first is forgotten first', (t) => {
  const admissions = new Admissions(1000)
  for (let n = 0; n < 5000; n++)
    t.equal(admissions.note(admissions.of(`t${n % 7}`, `${n % 50}`), `event ${n}`, 1000), 'new')
  t.ok(admissions.keys <= 1000, `${admissions.keys} keys`)
  t.ok(admissions.keys > 900)
  t.equal(admissions.note(admissions.of('t1', '49'), 'event 4999', 1000), 'known')
  t.end()
})

t.test('one change that wants more events than are kept begins anew', (t) => {
  const admissions = new Admissions(10)
  for (let n = 0; n < 25; n++) t.equal(admissions.note(admissions.of('t', 'c'), `${n}`, 1e9), 'new')
  t.ok(admissions.keys <= 10)
  t.end()
})

t.test('requests that are owed have a bound', (t) => {
  const admissions = new Admissions()
  const request = { data: Buffer.alloc(600_000), attributes: {} }
  admissions.owe([request, request])
  t.equal(admissions.takeOwed(10).length, 1)
  admissions.owe(Array.from({ length: 3000 }, () => ({ data: Buffer.alloc(1), attributes: {} })))
  t.equal(admissions.takeOwed(5000).length, 1000)
  t.end()
})
