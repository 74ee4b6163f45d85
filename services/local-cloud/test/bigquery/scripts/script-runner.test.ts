import t from 'tap'
import { ScriptRunner, type ScriptHost } from '../../../src/bigquery/scripts/script-runner.ts'
import { ScriptState } from '../../../src/bigquery/scripts/script-state.ts'
import { parseBlock } from '../../../src/sql/tree/script.ts'

t.test(
  'a script ends though its procedures call one another more often than anybody can wait for',
  async (t) => {
    let calls = 0
    // of its two calls the first one is tried in each level, and the second one as well: 2 to the power of 50
    const body = 'BEGIN BEGIN CALL d.p(); EXCEPTION WHEN ERROR THEN END; CALL d.p(); END'
    const host = {
      procedure: () => {
        if (++calls > 100_000) throw new Error('nothing ends it')
        return { id: 'p.d.p', arguments: [], body }
      },
    } as unknown as ScriptHost
    const sql = 'CALL d.p()'
    const source = { sql, original: (at: number) => at, callers: [] }
    const runner = new ScriptRunner(host, new ScriptState(undefined as never, undefined as never), source)
    await t.rejects(runner.run(parseBlock(sql), false), { message: /ends a script after 100000 statements/ })
  },
)
