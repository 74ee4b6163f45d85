import { readFileSync } from 'node:fs'
import { validate } from 'dockerfile-utils'
import dockerfilelint from 'dockerfilelint'
import t from 'tap'
import { root } from './workflows.ts'

const text = readFileSync(`${root}/Dockerfile`, 'utf8')

t.test('the linters find nothing', (t) => {
  t.same(validate(text), [])
  t.same(dockerfilelint.run(root, text), [])
  t.end()
})

t.test(
  'bases are named by digest, and what runs has no shell, no root and Node as its first process',
  (t) => {
    const bases = [...text.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base!)
    for (const base of bases) t.match(base, /@sha256:[0-9a-f]{64}$/)
    t.match(bases.at(-1), /distroless.*:nonroot@/)
    t.match(text, /^USER 65532:65532$/m)
    t.match(text, /^CMD \["server\.cjs"\]$/m)
    t.match(text, /org\.opencontainers\.image\.revision="\$COMMIT"/)
    t.end()
  },
)

t.test('an image is built from what is named, and nothing else', (t) => {
  const rules = readFileSync(`${root}/.dockerignore`, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  t.equal(rules[0], '*')
  const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources]) =>
    sources!.split(' '),
  )
  for (const source of copied) t.ok(rules.includes(`!${source.replace(/\/$/, '')}`), `${source} is let in`)
  t.end()
})
