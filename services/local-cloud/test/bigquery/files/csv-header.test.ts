import t from 'tap'
import { readFiles } from '../../../src/bigquery/files/read-files.ts'
import { readOptions } from '../../../src/bigquery/files/read-options.ts'

const read = async (text: string | readonly string[], skipLeadingRows?: number) => {
  const spec = {
    sourceUris: ['gs://b/x'],
    autodetect: true,
    ...(skipLeadingRows !== undefined && { skipLeadingRows }),
  }
  const files = [text].flat().map((each) => Buffer.from(each))
  const { fields, rows } = await readFiles(files, readOptions(spec))
  return {
    names: fields.map(({ name, type }) => `${name} ${type}`),
    rows: [...rows].map((row) => Object.values(row)),
  }
}

t.test('the last row that is skipped may have the names of the columns, which are found', async (t) => {
  const text = 'n,name\n1,one\n2,two\n'
  const found = {
    names: ['n INTEGER', 'name STRING'],
    rows: [
      ['1', 'one'],
      ['2', 'two'],
    ],
  }
  t.same(await read(text), found)
  t.same(await read(text, 1), found)
  t.same(await read(`made on Monday\n${text}`, 2), found)
  t.same(await read('1,one\n2,two\n', 1), {
    names: ['integer_field_0 INTEGER', 'string_field_1 STRING'],
    rows: [['2', 'two']],
  })
  t.same(await read(text, 0), {
    names: ['string_field_0 STRING', 'string_field_1 STRING'],
    rows: [
      ['n', 'name'],
      ['1', 'one'],
      ['2', 'two'],
    ],
  })
})

t.test('where the first of several files has names, each has', async (t) => {
  const files = ['n,name\n1,one\n', 'n,name\n2,zwölf\n']
  const found = {
    names: ['n INTEGER', 'name STRING'],
    rows: [
      ['1', 'one'],
      ['2', 'zwölf'],
    ],
  }
  t.same(await read(files), found)
  t.same(await read(files, 1), found)
  t.same((await read(['1,a\n', '2,b\n'])).rows.length, 2)
})

t.test('a file without a row says nothing of names', async (t) => {
  const found = { names: ['a INTEGER', 'b INTEGER'], rows: [['1', '2']] }
  t.same(await read(['', 'a,b\n1,2\n']), found)
  t.same(await read(['a,b\n1,2\n', '']), found)
})
