import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { skipped } from './skipped.ts'

const folder = fileURLToPath(new URL('../docs/examples/airflow', import.meta.url))
const python = (...args: readonly string[]) => spawnSync('python3', args, { encoding: 'utf8', cwd: folder })
const hasPython = python('--version').status === 0
const hasAirflow = hasPython && python('-c', 'import airflow').status === 0

const COMPILE = 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])'
const DAG_BAG = `
from airflow.models import DagBag
bag = DagBag(".", include_examples=False)
assert not bag.import_errors, bag.import_errors
print([task.task_id for task in bag.dags["tablestream_batch"].topological_sort()])
`

t.test('the example for Airflow is Python', { skip: skipped(!hasPython && 'python3 is not here') }, (t) => {
  const { status, stderr } = python('-c', COMPILE, 'tablestream_batch.py')
  t.equal(status, 0, stderr)
  t.end()
})

t.test(
  'Airflow reads a DAG of it, with the steps in their order',
  {
    skip: skipped(
      !hasAirflow && 'Airflow is not installed (PyPI: apache-airflow with its provider of Google)',
    ),
  },
  (t) => {
    const { status, stdout, stderr } = python('-c', DAG_BAG)
    t.equal(status, 0, stderr)
    t.match(stdout, "['seen', 'load', 'transform', 'checks']")
    t.end()
  },
)
