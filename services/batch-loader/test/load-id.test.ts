import t from 'tap'
import { loadIdOf } from '../src/load-object.ts'
import { openLoader } from '../src/open-loader.ts'
import { readConfig } from '../src/config.ts'

const idOf = (env: Readonly<Record<string, string>>, given = {}) => {
  const { parts } = openLoader(readConfig({ PROJECT_ID: 'a-project', ...env }), given)
  return loadIdOf({ uri: 'file:/a', version: '1' }, parts)
}

const CONTRACTS = '{"refund.json":{"type":"object","properties":{"amount":{"type":"number"}}}}'

t.test(
  'a load is another one in another dataset, and by other policies, contracts, or another field of the type',
  async (t) => {
    const ids = [
      idOf({}),
      idOf({ DATASET: 'other' }),
      idOf({ PROJECT_ID: 'other' }),
      idOf({ EVENT_POLICIES: '{"default":{"columns":"freeze"}}' }),
      idOf({}, { policyText: '{"default":{"collisions":"keep"}}' }),
      idOf({ CONTRACTS }),
      idOf({ CONTRACTS: CONTRACTS.replace('number', 'integer') }),
      idOf({ TYPE_FIELD: 'kind' }),
      idOf({ TYPE_FIELD: 'type' }),
      idOf({ TYPE_FIELD: 'kind', CONTRACTS }),
    ]
    t.equal(new Set(ids).size, ids.length)
    t.equal(idOf({}), ids[0])
    t.equal(idOf({ DATASET: 'dev_events_dataset', TYPE_FIELD: 'event_type' }), ids[0], 'the defaults, said')
  },
)
