import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

interface Variable {
  readonly default?: unknown
  readonly description?: string
}

const services = [
  'event-generator',
  'event-gateway',
  'table-manager',
  'stream-writer',
  'archiver',
  'batch-loader',
  'console',
]

for (const service of services) {
  t.test(`the variables in ${service}/README.md are those of its configuration`, async (t) => {
    const folder = new URL(`../services/${service}/`, import.meta.url)
    const { variables } = (await import(new URL('src/config.ts', folder).href)) as {
      variables: { properties: Record<string, Variable> }
    }
    const wanted = Object.entries(variables.properties).map(([name, variable]) => {
      const value = variable.default === undefined ? 'required' : `\`${JSON.stringify(variable.default)}\``
      const shown = variable.default === '' ? 'empty' : value.replaceAll('"', '')
      return `| \`${name}\` | ${shown} | ${variable.description} |`
    })
    const text = readFileSync(fileURLToPath(new URL('README.md', folder)), 'utf8')
    const rows = text.split('\n').filter((line) => /^\| `[A-Z_]+` \|/.test(line))
    t.same(rows, wanted)
  })
}
