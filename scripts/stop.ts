// `npm stop`: stops the pipeline that npm start runs, as Ctrl-C does.
import { fail, readArguments } from './arguments.ts'
import { readEnvironmentFile } from './target/environment-file.ts'
import { poll } from './poll.ts'
import { openProgress } from './progress.ts'
import { dataFolder, readRunning } from './start/running.ts'

const USAGE = `usage: npm stop [-- --data FOLDER]
Stops the npm start whose data are in FOLDER (default LOCAL_DATA, else .local), and waits until it is gone.
Example: npm stop`
/** A service has 9 s to stop, and local-cloud more behind it. */
const LONGEST_MS = 30_000

try {
  readEnvironmentFile()
  const { values } = readArguments({ name: 'npm stop', usage: USAGE, options: { data: { type: 'string' } } })
  const folder = dataFolder(values.data)
  const running = readRunning(folder)
  if (!running) console.log(`no npm start uses ${folder}`)
  else {
    process.kill(running.pid, 'SIGTERM')
    const progress = openProgress('stopping')
    const isGone = () => (readRunning(folder)?.pid === running.pid ? undefined : true)
    await poll(isGone, { timeoutMs: LONGEST_MS, everyMs: 200, what: `process ${running.pid} gone` }).finally(
      () => progress.done(),
    )
    console.log(`stopped (process ${running.pid}); the data stay in ${folder}`)
  }
} catch (error) {
  fail('npm stop', error, 1)
}
