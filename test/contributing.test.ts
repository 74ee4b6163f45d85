import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = readFileSync(`${root}/CONTRIBUTING.md`, 'utf8')
const MOST_FILES = 3

function section(title: string): string {
  const [, text] = page.split(`## ${title}\n`)
  if (text === undefined) throw new Error(`CONTRIBUTING.md has no section ${title}`)
  return text.split('\n## ')[0]!
}

const rows = (text: string) => text.split('\n').filter((line) => /^\| (?!question|word)/.test(line))

t.test('each of the ten questions is answered by at most three files, and they are there', (t) => {
  const questions = rows(section('Ten questions'))
  t.equal(questions.length, 10)
  for (const row of questions) {
    const files = [...row.matchAll(/`([\w./-]+\.\w+)`/g)].map(([, file]) => file!)
    t.ok(files.length >= 1 && files.length <= MOST_FILES, row)
    for (const file of files) t.ok(existsSync(`${root}/${file}`), file)
  }
  t.end()
})

t.test('what the pages for contributors link to is there', (t) => {
  for (const name of ['CONTRIBUTING.md', 'SECURITY.md', 'README.md']) {
    const text = readFileSync(`${root}/${name}`, 'utf8')
    for (const [, path] of text.matchAll(/\]\((?!https?:)([^)#]+)/g))
      t.ok(existsSync(`${root}/${path!}`), path!)
  }
  t.end()
})

t.test('the glossary is in order, and has each word once', (t) => {
  const words = rows(section('Glossary')).map((row) => row.split('|')[1]!.trim())
  t.same(words, [...new Set(words)].toSorted())
  for (const word of [
    'lane',
    'park',
    'window',
    'write path',
    'incarnation',
    'twin',
    'doubt',
    'door',
    'shape',
  ])
    t.ok(words.includes(word), word)
  t.end()
})
