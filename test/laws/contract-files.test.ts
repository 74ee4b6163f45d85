import fc from 'fast-check'
import { parseContracts, useContracts, validateEvent } from '@tablestream/contract'
import t from 'tap'
import { cases } from '../long-tests.ts'
import { CONTRACTS, definitionOf, SEED } from './any-contracts.ts'

t.test(
  'a contract that is taken from a file asks for what the file asks for; the others are refused by a keyword',
  async (t) => {
    t.comment(`the contracts are those of SEED ${SEED}`)
    let taken = 0
    for (const contract of CONTRACTS) {
      const { type, schema, event } = contract
      const events = fc.sample(event, { numRuns: cases(20), seed: SEED })
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
    t.ok(taken > CONTRACTS.length / 4, `${taken} of ${CONTRACTS.length} were taken`)
  },
)
