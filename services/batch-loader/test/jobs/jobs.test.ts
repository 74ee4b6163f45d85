import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { knownType, useTypeField, validateEvent } from '@tablestream/contract'
import type { JsonObject } from '@tablestream/table-schema'
import fc from 'fast-check'
import t from 'tap'
import { JOBS } from '../../jobs/index.ts'
import { readConfig } from '../../src/config.ts'
import { batchCommand, STEPS } from '../../src/jobs/batch-command.ts'

/** A record of a file, the event that the job makes of it, and the paths that the contract refuses. */
interface Scenario {
  readonly scenario: string
  readonly record: JsonObject
  readonly event: JsonObject
  readonly problems: readonly string[]
}

for (const { name, eventType, transform, key, clusterBy, newestBy } of JOBS) {
  const file = new URL(`scenarios/${name}.ndjson`, import.meta.url)
  const scenarios = readFileSync(file, 'utf8').trimEnd().split('\n')
  for (const line of scenarios) {
    const { scenario, record, event, problems } = JSON.parse(line) as Scenario
    t.test(`${name}: ${scenario}`, (t) => {
      const made = transform(record)
      t.strictSame(made, event)
      t.same(new Set(validateEvent(eventType, made).map(({ path }) => path)), new Set(problems))
      t.end()
    })
  }

  t.test(
    `${name}: whatever a record holds, it becomes an event of the type, and the record stays as it was`,
    (t) => {
      const { record: example } = JSON.parse(scenarios[0]!) as Scenario
      const records = fc.dictionary(
        fc.oneof(fc.constantFrom(...Object.keys(example)), fc.string()),
        fc.oneof(fc.jsonValue() as fc.Arbitrary<JsonObject>, fc.string(), fc.double(), fc.bigInt()),
        { noNullPrototype: true },
      )
      const law = fc.property(records, (record) => {
        const before = structuredClone(record)
        if (transform(record)['event_type'] !== eventType) throw new Error('another type')
        assert.deepEqual(record, before)
      })
      fc.assert(law, { numRuns: 200 })
      t.end()
    },
  )

  t.test(`${name}: key, clusters and order are columns of the contract`, (t) => {
    const { properties } = knownType(eventType)!.schema
    for (const column of [...key, ...clusterBy, newestBy]) t.ok(column in properties, column)
    t.same(clusterBy, knownType(eventType)!.clusterBy)
    t.end()
  })
}

t.test('the events of a job name their type in the field that was told', (t) => {
  useTypeField('kind')
  t.teardown(() => useTypeField('event_type'))
  for (const { name, eventType, transform } of JOBS) {
    const [line] = readFileSync(new URL(`scenarios/${name}.ndjson`, import.meta.url), 'utf8').split('\n')
    const { record, event } = JSON.parse(line!) as Scenario
    const { event_type: _, ...others } = event
    t.strictSame(transform(record), { kind: eventType, ...others })
    t.equal(transform({ ...record, kind: 'mine' })['raw_kind'], 'mine')
  }
  t.end()
})

t.test(
  'a batch whose rows have such a column with another meaning stops before anything is loaded',
  async (t) => {
    const lines: string[] = []
    const config = readConfig({ PROJECT_ID: 'a-project', TYPE_FIELD: 'country' })
    t.teardown(() => useTypeField('event_type'))
    t.equal(await batchCommand(config, { jobs: JOBS, steps: STEPS, print: (line) => lines.push(line) }), 1)
    t.same(lines, [
      'batch stopped (type_field_taken): TYPE_FIELD is "country", which the job customers has a column of with another meaning',
    ])
  },
)
