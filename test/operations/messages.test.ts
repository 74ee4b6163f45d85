import { existsSync, globSync, readFileSync } from 'node:fs'
import t from 'tap'
import { root } from './workflows.ts'

const read = (file: string) => readFileSync(`${root}/${file}`, 'utf8')
const said = globSync(['scripts/*.{sh,ts}', 'terraform/**/*.{tf,tfvars}', '.github/workflows/*.yml'], {
  cwd: root,
  exclude: (path) => path.includes('.terraform'),
}).flatMap((file) =>
  [...read(file).matchAll(/(?<![/.\w])docs\/[\w/-]+(?:\.md)?(?:, [A-Z][A-Za-z -]+|#[a-z-]+\$?)?/g)].map(
    ([text]) => ({
      file,
      text,
    }),
  ),
)

const headings = (file: string) => [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!)
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')

t.test('a page that a message names is there, with the part that it names', (t) => {
  t.ok(said.length > 40, `${said.length} names`)
  for (const { file, text } of said) {
    const [, page, part, at] = /^([\w/.-]+?)(?:, ([A-Z][A-Za-z -]+)|#([a-z-]+))?$/.exec(text) ?? []
    // what Terraform puts together ends in the middle
    if (page === undefined) continue
    const found = page.endsWith('.md') ? [page] : globSync([page, `${page}-*.md`], { cwd: root })
    t.ok(found.length > 0 && found.every((name) => existsSync(`${root}/${name}`)), `${file}: ${page}`)
    if (part !== undefined)
      t.ok(
        headings(page).some((heading) => part.startsWith(heading) || heading.startsWith(part)),
        `${file}: ${text}`,
      )
    if (at !== undefined) t.ok(headings(page).map(anchor).includes(at), `${file}: ${text}`)
  }
  t.end()
})
