import t from 'tap'
import { checkLoadArguments, columnsOf } from '../src/load-arguments.ts'

const check = (more: { readonly columns?: string; readonly 'max-bad'?: string }) => () =>
  checkLoadArguments({ sources: ['a.csv'], 'dry-run': false, 'max-bad': '1', ...more })

t.test('names of columns are names, and each is there once', (t) => {
  t.same(columnsOf('a, b ,C,c'), ['a', 'b', 'C', 'c'])
  t.equal(columnsOf(undefined), undefined)
  t.throws(check({ columns: 'x,y, x' }), { message: /^--columns gives each .*, but "x,y, x" has x twice$/ })
  t.throws(check({ columns: '' }), { message: /^--columns is names .*, but number 1 of "" is empty$/ })
  t.throws(check({ columns: 'a,,b' }), { message: /number 2 of "a,,b" is empty$/ })
  t.end()
})

t.test('a part that is none is told with its value', (t) => {
  for (const part of ['-1', '', 'x', '1.01', 'NaN'])
    t.throws(check({ 'max-bad': part }), { message: `--max-bad is a number from 0 to 1, but is "${part}"` })
  t.end()
})
