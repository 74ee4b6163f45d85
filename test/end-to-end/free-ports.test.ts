import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { freePorts } from './free-ports.ts'

const FILE = fileURLToPath(new URL('free-ports.ts', import.meta.url))
const HERE = `import { freePorts } from ${JSON.stringify(FILE)}\nconsole.log(JSON.stringify(await freePorts(500)))`

t.test('no port is given twice while the process that has it is there, whoever listens', async (t) => {
  const ports = [...(await freePorts(500)), ...(await freePorts(500))]
  const another = execFileSync(process.execPath, ['--input-type=module', '-e', HERE], { encoding: 'utf8' })
  ports.push(...(JSON.parse(another) as number[]))
  t.equal(new Set(ports).size, 1500)
})
