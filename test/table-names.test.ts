import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { destination } from '@tablestream/contract'
import t from 'tap'

const terraform = fileURLToPath(new URL('../terraform', import.meta.url))

t.test('no event type gets the table of something that Terraform makes', (t) => {
  const made = globSync(['tables/*.json', 'views/*.sql'], { cwd: terraform }).map((file) =>
    basename(file).replace(/\.\w+$/, ''),
  )
  t.ok(made.length >= 4, made.join(', '))
  for (const name of made) t.not(destination(name).table, name)
  t.end()
})
