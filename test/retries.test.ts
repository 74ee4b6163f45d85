import { readFileSync } from 'node:fs'
import t from 'tap'

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
const ROW = /^\| [^|]+ \| ([^|]+) \| ([^|]+) \| [^|]+ \| `([^`]+)` \|$/gm

t.test('the pauses between tries that docs/architecture.md tells are those of the code', (t) => {
  const [, section] = /## What is tried again\n(.*?)\n## /s.exec(read('docs/architecture.md'))!
  const rows = [...section!.matchAll(ROW)].map(([, first, longest, file]) => ({
    first,
    longest,
    file: file!,
  }))
  t.ok(rows.length > 8, 'the table is read')
  for (const { first, longest, file } of rows) {
    const text = read(file).replaceAll(/(?<=\d)_(?=\d)/g, '')
    const [from, to] = [first!, longest!].map((pause) =>
      pause.replace(/^(\d+) (m?)s$/, (_, n, m) => (m ? n : `${n}s`)),
    )
    const pauses = file.endsWith('.tf')
      ? new RegExp(`minimum_backoff = "${from}"\\s+maximum_backoff = "${to}"`)
      : new RegExp(`firstMs: ${from}, longestMs: ${to}\\b`)
    t.match(text, pauses, `${file}: ${first} to ${longest}`)
  }
  t.end()
})
