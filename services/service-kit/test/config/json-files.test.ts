import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { readJsonFiles } from '../../src/index.ts'

t.test('the JSON files of a folder are read in the order of their names', (t) => {
  const folder = t.testdir({
    'b.json': '{"b":1}',
    'a.json': '{"a": 1}',
    'README.md': '#',
    'c.json': { inside: '' },
  })
  t.same(readJsonFiles(` ${folder} `), [
    { name: 'a.json', text: '{"a": 1}' },
    { name: 'b.json', text: '{"b":1}' },
  ])
  t.end()
})

t.test('a folder that Kubernetes mounts, with its links, is one', (t) => {
  const folder = t.testdir({})
  mkdirSync(join(folder, '..2026'))
  writeFileSync(join(folder, '..2026/a.json'), '{}')
  symlinkSync('..2026', join(folder, '..data'))
  symlinkSync('..data/a.json', join(folder, 'a.json'))
  t.same(readJsonFiles(folder), [{ name: 'a.json', text: '{}' }])
  t.end()
})

t.test('a variable may hold the files, as JSON or as the text of it, and packed', (t) => {
  const files = { 'a.json': { type: 'object' }, b: '{ "type": "object" }' }
  const wanted = [
    { name: 'a.json', text: '{"type":"object"}' },
    { name: 'b', text: '{ "type": "object" }' },
  ]
  t.same(readJsonFiles(JSON.stringify(files)), wanted)
  t.same(readJsonFiles(gzipSync(JSON.stringify(files)).toString('base64')), wanted)
  t.same(readJsonFiles(''), [])
  t.end()
})

t.test('what cannot be read is told by its name', (t) => {
  t.throws(() => readJsonFiles('/nowhere/at/all'), {
    message: /the folder \/nowhere\/at\/all cannot be read: ENOENT/,
  })
  const empty = t.testdir({ 'README.md': '#' })
  t.throws(() => readJsonFiles(empty), { message: /has no file whose name ends in \.json/ })
  t.throws(() => readJsonFiles('{'), { message: /it is no JSON/ })
  t.throws(() => readJsonFiles('H4sI!'), { message: /it is no gzip in base64/ })
  t.end()
})
