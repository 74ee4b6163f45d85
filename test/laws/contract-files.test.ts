import fc from 'fast-check'
import { parseContracts, useContracts, validateEvent } from '@tablestream/contract'
import type { JsonObject } from '@tablestream/table-schema'
import t from 'tap'
import { cases } from '../long-tests.ts'
import { CONTRACTS, definitionOf, SEED, type AnyContract } from './any-contracts.ts'

/** A file that allows no other fields allows the event's own id and day all the same. */
const withoutOther = ({ schema }: AnyContract, event: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(event).filter(
      ([key]) => !['event_id', 'event_date'].includes(key) || key in (schema.properties ?? {}),
    ),
  )

t.test(
  'a contract that is taken from a file asks for what the file asks for; the others are refused by a keyword',
  async (t) => {
    t.comment(`SEED=${SEED}`)
    let taken = 0
    const some = CONTRACTS.slice(0, cases(CONTRACTS.length))
    for (const contract of some) {
      const { type, schema, event } = contract
      const events = fc.sample(event, { numRuns: 10, seed: SEED }).map((each) => withoutOther(contract, each))
      const isGood = () => events.map((each) => validateEvent(type, each).length === 0)
      useContracts([definitionOf(contract)])
      const wanted = isGood()
      try {
        useContracts(parseContracts([{ name: `${type}.json`, text: JSON.stringify(schema) }]))
      } catch (error) {
        t.match((error as Error).message, /^any_\d+\.json#\/\S+ (is not supported|needs a type)/)
        continue
      }
      taken++
      t.same(isGood(), wanted, type)
    }
    t.ok(taken > some.length / 4, `${taken} of ${some.length} were taken`)
  },
)
