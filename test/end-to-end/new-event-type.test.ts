import { createHash } from 'node:crypto'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import t from 'tap'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const KEY = 'a key'
const API_KEYS = JSON.stringify({ test: { sha256: createHash('sha256').update(KEY).digest('hex') } })

const FILE = `
import Type from 'typebox'
import type { EventTypeDefinition } from './event-type.ts'
import { Id, oneOf, Timestamp } from './fields.ts'

const Refund = Type.Object({
  event_type: Type.Literal('refund'),
  refund_id: Id,
  order_id: Id,
  amount: Type.Number({ minimum: 0 }),
  reason: oneOf(['damaged', 'late']),
  refunded_at: Timestamp,
})

export const refund: EventTypeDefinition = {
  type: 'refund',
  table: 'refunds',
  schema: Refund,
  timeField: 'refunded_at',
  clusterBy: ['order_id'],
}
`
const LINE = `export { refund } from './event-types/refund.ts'\n`

/** A contract that asks for more elements and characters than a request for a table keeps. */
const LONG_FILE = `
import Type from 'typebox'
import type { EventTypeDefinition } from './event-type.ts'
import { Timestamp } from './fields.ts'

const Survey = Type.Object({
  event_type: Type.Literal('survey'),
  answers: Type.Array(Type.Integer(), { minItems: 3 }),
  essay: Type.String({ minLength: 100 }),
  filled_at: Timestamp,
})

export const survey: EventTypeDefinition = {
  type: 'survey',
  table: 'surveys',
  schema: Survey,
  timeField: 'filled_at',
  clusterBy: [],
}
`
const LONG_LINE = `export { survey } from './event-types/survey.ts'\n`

/** The project's sources beside their dependencies, in a folder of their own. */
function copyProject(): string {
  const copy = mkdtempSync(join(tmpdir(), 'tablestream-new-type-'))
  const sources = (path: string) => !['node_modules', '.tap'].includes(basename(path))
  for (const name of ['services', 'scripts', 'test', 'terraform', 'package.json'])
    cpSync(join(ROOT, name), join(copy, name), { recursive: true, filter: sources })
  const modules = join(copy, 'node_modules')
  mkdirSync(join(modules, '@tablestream'), { recursive: true })
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (name !== '@tablestream') symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
  for (const name of readdirSync(join(ROOT, 'services'))) {
    symlinkSync(join(copy, 'services', name), join(modules, '@tablestream', name))
    const own = join(ROOT, 'services', name, 'node_modules')
    if (readdirSync(join(ROOT, 'services', name)).includes('node_modules'))
      symlinkSync(own, join(copy, 'services', name, 'node_modules'))
  }
  return copy
}

t.test(
  'a new event type is one file and one line: its events are checked at the door and land in its table',
  async (t) => {
    const copy = copyProject()
    t.teardown(() => rmSync(copy, { recursive: true, force: true }))
    const contract = join(copy, 'services/contract/src')
    writeFileSync(join(contract, 'event-types/refund.ts'), FILE)
    writeFileSync(join(contract, 'event-types/survey.ts'), LONG_FILE)
    appendFileSync(join(contract, 'catalogue.ts'), LINE + LONG_LINE)

    const url = pathToFileURL(join(copy, 'test/end-to-end/pipeline.ts')).href
    // bundles do not have the new type
    delete process.env['BUNDLES']
    const { startPipeline, settled, DATASET } = (await import(url)) as typeof import('./pipeline.ts')
    const pipeline = await startPipeline({
      services: ['table-manager', 'stream-writer', 'event-gateway'],
      env: { API_KEYS },
    })
    t.teardown(() => pipeline.close())
    const { clients, gatewayUrl } = pipeline
    const post = async (path: string, body: unknown) => {
      const response = await fetch(`${gatewayUrl}${path}`, {
        method: 'POST',
        headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return (await response.json()) as object
    }
    const refund = {
      refund_id: 'r-1',
      order_id: 'o-1',
      amount: 12.5,
      reason: 'late',
      refunded_at: new Date().toISOString(),
    }
    t.match(await post('/events', { event_type: 'refund', ...refund, reason: 'no idea', amount: -1 }), {
      code: 'BAD_EVENTS',
      rejected: [
        {
          problems: [
            { path: '/amount', rule: 'minimum', value: '-1' },
            { path: '/reason', rule: 'enum', value: '"no idea"' },
          ],
        },
      ],
    })
    t.match(await post('/events/refund', refund), { taken: 1 })
    const survey = {
      answers: [4, 4, 4, 4],
      essay: 'é'.repeat(100),
      filled_at: new Date().toISOString(),
      mood: 'fine',
    }
    t.match(await post('/events/survey', survey), { taken: 1 })
    await settled(pipeline)
    t.match(
      await clients.query(`SELECT answers, CHAR_LENGTH(essay) AS essay, mood FROM ${DATASET}.surveys`),
      [{ answers: [4, 4, 4, 4], essay: 100, mood: 'fine' }],
    )
    t.match(await clients.query(`SELECT refund_id, amount, reason FROM ${DATASET}.refunds`), [
      { refund_id: 'r-1', amount: 12.5, reason: 'late' },
    ])
    const [required] = await clients.query(
      `SELECT STRING_AGG(column_name, ',' ORDER BY column_name) AS names FROM ${DATASET}.INFORMATION_SCHEMA.COLUMNS ` +
        `WHERE table_name = 'refunds' AND is_nullable = 'NO'`,
    )
    t.match(required, { names: /amount.*order_id.*reason.*refund_id.*refunded_at/ })
  },
)
