import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

// Code is broken by the formatter. What people read in it, and in pages, is broken here.
const root = fileURLToPath(new URL('..', import.meta.url))
const LONGEST = 140
const PAGES = ['*.md', 'docs/**/*.md', 'services/*/*.md', 'terraform/**/*.md', '.github/*.md']
const CODE = ['services/*/{src,test,page}/**/*.ts', 'test/**/*.ts', 'scripts/**/*.{ts,mjs}']
/** What has comments that begin with `#`. */
const HASHED = [
  'scripts/*.sh',
  '.ci/*',
  'terraform/**/*.{tf,tfvars}',
  '.github/workflows/*.yml',
  'Dockerfile',
]

const linesOf = (patterns: readonly string[]) =>
  patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .flatMap((file) =>
      readFileSync(`${root}/${file}`, 'utf8')
        .split('\n')
        .map((text, index) => ({ text, where: `${file}:${index + 1}` })),
    )

/** A row of a table, and one word that is a link, stand in one line. */
const cannotBreak = (text: string) => text.startsWith('|') || !text.trim().slice(0, LONGEST).includes(' ')

t.test(`no line of a page has more than ${LONGEST} characters, but for rows of tables`, (t) => {
  const tooLong = linesOf(PAGES).filter(({ text }) => text.length > LONGEST && !cannotBreak(text))
  t.same(
    tooLong.map(({ where, text }) => `${where} has ${text.length}`),
    [],
  )
  t.end()
})

t.test(`no comment has a line of more than ${LONGEST} characters`, (t) => {
  const comments = [
    ...linesOf(CODE).filter(({ text }) => /^\s*(\/\/|\/?\*)/.test(text)),
    ...linesOf(HASHED).filter(({ text }) => /^\s*#/.test(text)),
  ]
  const tooLong = comments.filter(({ text }) => text.length > LONGEST && !cannotBreak(text))
  t.same(
    tooLong.map(({ where, text }) => `${where} has ${text.length}`),
    [],
  )
  t.end()
})

/** What `-h` of a command prints, in lines as they stand in its file. */
const USAGE = /const \w*USAGE\w*(?:: \w+)? = `([^`]*)`/g

t.test(`no line of a command's help has more than ${LONGEST} characters`, (t) => {
  const helps = CODE.flatMap((pattern) => globSync(pattern, { cwd: root })).flatMap((file) =>
    [...readFileSync(`${root}/${file}`, 'utf8').matchAll(USAGE)].map(([, text]) => ({ file, text: text! })),
  )
  t.ok(helps.length > 15, 'they are found')
  for (const { file, text } of helps)
    t.same(
      text.split('\n').filter((line) => line.length > LONGEST),
      [],
      file,
    )
  t.end()
})

t.test('each decision has a number of its own, which its title says', (t) => {
  const pages = globSync('*.md', { cwd: `${root}/docs/decisions` }).toSorted()
  const numbers = pages.map((page) => Number(page.slice(0, 4)))
  t.same(numbers, [...new Set(numbers)], 'no two have the same')
  for (const [index, page] of pages.entries())
    t.match(
      readFileSync(`${root}/docs/decisions/${page}`, 'utf8'),
      new RegExp(`^# ${numbers[index]}\\. `),
      page,
    )
  t.end()
})

/** `[text](file.md)` of pages, where it is no address. */
const LINK = /\]\((?!https?:|mailto:)([^)#]+)(?:#[^)]*)?\)/g

t.test('what a page links to is there', (t) => {
  for (const page of PAGES.flatMap((pattern) => globSync(pattern, { cwd: root }))) {
    const links = [...readFileSync(`${root}/${page}`, 'utf8').matchAll(LINK)].map(([, file]) => file!)
    const missing = links.filter((file) => !existsSync(new URL(file, new URL(page, `file://${root}/`))))
    t.same(missing, [], page)
  }
  t.end()
})
