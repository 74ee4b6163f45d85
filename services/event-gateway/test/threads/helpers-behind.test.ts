import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import t from 'tap'
import { HELPERS_NICE, helpersBehind } from '../../src/threads/helpers-behind.ts'

t.test(
  'the engine’s helpers stand behind the thread that answers, which stays where it is',
  { skip: process.platform !== 'linux' && 'threads have priorities of their own on Linux alone' },
  (t) => {
    const own = getPriority(process.pid)
    const count = helpersBehind()
    t.ok(count > 0, `${count} helpers`)
    const tasks = readdirSync('/proc/self/task').map((id) => ({
      name: readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim(),
      nice: getPriority(Number(id)),
    }))
    const helpers = tasks.filter(({ name }) => name === 'V8Worker')
    t.equal(helpers.length, count)
    t.ok(helpers.every(({ nice }) => nice === HELPERS_NICE))
    t.equal(getPriority(process.pid), own)
    t.end()
  },
)
