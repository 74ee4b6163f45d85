import { createHash } from 'node:crypto'
import t from 'tap'
import { isOurs } from '../src/source-load.ts'

const loads = Array.from({ length: 300 }, (_, number) =>
  createHash('sha256').update(`${number}`).digest('hex').slice(0, 20),
)

/** Which of three tasks has a share. */
function taskOf(loadId: string, index: number): number[] {
  const load = { loadId, source: '', version: '' }
  return [0, 1, 2].filter((task) => isOurs({ parts: { task, tasks: 3 } as never, load }, index))
}

t.test('each share is that of one task, and the shares of a load are those of all', (t) => {
  for (const loadId of loads.slice(0, 20)) {
    const tasks = [0, 1, 2].map((index) => taskOf(loadId, index))
    t.same(
      tasks.flat().toSorted((a, b) => a - b),
      [0, 1, 2],
      loadId,
    )
  }
  t.end()
})

t.test('files of one share are shared out among the tasks', (t) => {
  const first = loads.flatMap((loadId) => taskOf(loadId, 0))
  for (const task of [0, 1, 2]) t.ok(first.filter((each) => each === task).length > 60, `task ${task}`)
  t.end()
})
