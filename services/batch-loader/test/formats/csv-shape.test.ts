import t from 'tap'
import { readingOf, sourceOf } from './reading.ts'

const shapeOf = async (text: string | Buffer, hints = {}) =>
  (await readingOf(sourceOf(text), { hints })).found.csv

t.test('the delimiter is the one that most rows agree about', async (t) => {
  t.equal((await shapeOf('id;price\n1;1,50\n2;2,50\n'))?.delimiter, ';')
  t.equal((await shapeOf('id\tname\n1\ta, b\n2\tc\n'))?.delimiter, '\t')
  t.equal((await shapeOf('id|name|x\n1|a, b|2\n2|c|3\n'))?.delimiter, '|')
  t.equal((await shapeOf('id,name\n1,"a;b;c"\n2,"d;e;f"\n'))?.delimiter, ',')
  t.match(await shapeOf('id\n1\n2\n'), { columns: ['id'], delimiter: ',' }, 'one column has none')
})

t.test('single quotes are quotes where there are no double ones', async (t) => {
  const { values, found } = await readingOf(sourceOf("id,name\n1,'a, b'\n2,'c'\n3,'it''s'\n"))
  t.equal(found.csv?.quote, "'")
  t.same(values, [
    ['1', 'a, b'],
    ['2', 'c'],
    ['3', "it's"],
  ])
})

t.test('single quotes are quotes, too, where no field begins with a double one', async (t) => {
  const { values } = await readingOf(sourceOf(`id,name\n1,'a, "b"'\n2,'c\nd'\n3,'e'\n`))
  t.same(values, [
    ['1', 'a, "b"'],
    ['2', 'c\nd'],
    ['3', 'e'],
  ])
  t.equal((await shapeOf(`id,name\n1,'a'\n2,"b, 'c'"\n3,'d'\n`))?.quote, '"')
})

t.test('lines that end with \\r may have \\n in their quoted fields', async (t) => {
  const { found, values } = await readingOf(sourceOf('id,name\r1,"a\nb"\r\r2,"c\r\nd"\r3,e', 3))
  t.equal(found.newline, '\r')
  t.same(values, [
    ['1', 'a\nb'],
    ['2', 'c\r\nd'],
    ['3', 'e'],
  ])
  t.equal((await readingOf(sourceOf('id,name\n1,"a\rb"\n2,c\rd\n'))).found.newline, '\n')
  t.equal((await readingOf(sourceOf('id,"name\r\n1,a\rb\r\n'))).found.newline, '\n', 'with a stray quote')
})

t.test('the first row is names where its cells are text, each its own', async (t) => {
  t.match(await shapeOf('id,name\n1,a\n'), { hasHeader: true, columns: ['id', 'name'] })
  t.match(await shapeOf('1,a\n2,b\n'), { hasHeader: false, columns: ['column_1', 'column_2'] })
  t.match(await shapeOf('a,a\nb,c\n'), { hasHeader: false })
  t.match(
    await shapeOf('id,name,name\n1,a,b\n2,c,d\n'),
    { hasHeader: true, columns: ['id', 'name', 'name_2'] },
    'or where what is below is no text',
  )
  t.match(
    await shapeOf(',x\n0,a\n'),
    { hasHeader: true, columns: ['column_1', 'x'] },
    'as a table with an index',
  )
})

t.test(
  'with the names of its columns a file has no header, but where its first row is these names',
  async (t) => {
    const columns = ['id', 'name']
    t.match(await shapeOf('x,y\nz,w\n', { columns }), { hasHeader: false, columns })
    t.match(await shapeOf('id,name\nz,w\n', { columns }), { hasHeader: true, columns })
    t.match(await shapeOf('x,y\nz,w\n', { columns, header: true }), { hasHeader: true, columns })
  },
)

t.test('Latin-1 is seen by bytes that are no UTF-8; UTF-16 by its mark', async (t) => {
  const text = 'id,städte\n1,Köln\n2,Nîmes\n'
  const latin = await readingOf(sourceOf(Buffer.from(text, 'latin1'), 3))
  t.equal(latin.found.encoding, 'windows-1252')
  t.same(latin.found.csv?.columns, ['id', 'städte'])
  t.same(latin.values, [
    ['1', 'Köln'],
    ['2', 'Nîmes'],
  ])
  const wide = await readingOf(sourceOf(Buffer.from(`\uFEFF${text}`, 'utf16le'), 3))
  t.same([wide.found.encoding, wide.values[1]], ['utf-16le', ['2', 'Nîmes']])
  t.same((await readingOf(sourceOf(`\uFEFF${text}`))).found.csv?.columns, ['id', 'städte'])
})
