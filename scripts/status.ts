// `npm run status`: whether the pipeline of npm start runs, and what each of its services says.
import { fail, readArguments } from './arguments.ts'
import { readEnvironmentFile } from './target/environment-file.ts'
import type { Listener } from './target/local-ports.ts'
import { dataFolder, readRunning } from './start/running.ts'

const USAGE = `usage: npm run status [-- --data FOLDER]
Says whether the npm start whose data are in FOLDER (default LOCAL_DATA, else .local) runs, and whether each service is ready.
Exit code 0: all of it is; 1: something is not.
Example: npm run status`
const PATIENCE_MS = 2000
/** These answer 200 to /readiness when they are; the others are local-cloud's, which answers anything. */
const SERVICES: readonly Listener[] = [
  'event-generator',
  'event-gateway',
  'table-manager',
  'stream-writer',
  'console',
]

async function stateOf(name: Listener, port: number): Promise<string> {
  const isService = SERVICES.includes(name)
  // Storage Write speaks gRPC: that somebody listens is all that HTTP can tell
  try {
    const url = `http://127.0.0.1:${port}${isService ? '/readiness' : '/'}`
    const { status } = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) })
    return !isService || status === 200 ? 'ready' : `not ready (${status})`
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { code?: string }
    return code === 'ECONNREFUSED' ? 'does not listen' : isService ? 'does not answer' : 'ready'
  }
}

try {
  readEnvironmentFile()
  const { values } = readArguments({
    name: 'npm run status',
    usage: USAGE,
    options: { data: { type: 'string' } },
  })
  const folder = dataFolder(values.data)
  const running = readRunning(folder)
  if (!running) {
    console.log(`no npm start uses ${folder}`)
    process.exitCode = 1
  } else {
    console.log(
      `npm start runs since ${running.started} (process ${running.pid}); its data are in ${folder}\n`,
    )
    const entries = Object.entries(running.ports) as [Listener, number][]
    const states = await Promise.all(entries.map(([name, port]) => stateOf(name, port)))
    entries.forEach(([name, port], at) =>
      console.log(`  ${name.padEnd(16)} ${String(port).padStart(5)}  ${states[at]}`),
    )
    if (states.some((state) => state !== 'ready')) process.exitCode = 1
  }
} catch (error) {
  fail('npm run status', error, 1)
}
