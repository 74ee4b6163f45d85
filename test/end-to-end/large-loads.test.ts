import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { makeLoadBucket, runLoad } from './loader.ts'
import { DATASET, startPipeline } from './pipeline.ts'

const MB = 1 << 20
/** Megabytes of the line, and of the file with a hole. */
const LINE = Number(process.env['LINE_MB'] ?? 25)
const HOLE = Number(process.env['HOLE_MB'] ?? 200)
/** Whatever the file is. */
const MOST_RSS_MB = 500

const folder = mkdtempSync(join(tmpdir(), 'tablestream-large-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

/** Says at its end how much memory the process had at most, in kilobytes. */
const TELLS = `--import=data:text/javascript,process.on('exit',()=>console.error('rss',process.resourceUsage().maxRSS))`
const event = (id: string) => `{"event_type":"visit","event_id":"${id}"}\n`

t.test(
  'a line of any size, and a hole of any size, are one dead letter each, and cost no memory',
  async (t) => {
    const pipeline = await startPipeline({ services: ['table-manager'] })
    t.teardown(() => pipeline.close())
    await makeLoadBucket(pipeline)
    const { clients } = pipeline

    const line = join(folder, 'line.ndjson')
    const file = openSync(line, 'w')
    writeSync(file, event('before'))
    writeSync(file, '{"event_type":"visit","text":"')
    for (let at = 0; at < LINE; at++) writeSync(file, 'x'.repeat(MB))
    writeSync(file, `"}\n${event('behind')}`)
    closeSync(file)

    const hole = join(folder, 'hole.ndjson')
    const sparse = openSync(hole, 'w')
    writeSync(sparse, event('before'))
    ftruncateSync(sparse, HOLE * MB)
    writeSync(sparse, `\n${event('behind')}`, HOLE * MB)
    closeSync(sparse)

    for (const [path, landed] of [
      [line, 2],
      [hole, 0],
    ] as const) {
      const { code, output } = await runLoad(pipeline, [path], { env: { NODE_OPTIONS: TELLS } })
      t.equal(code, 0, output)
      t.match(output, new RegExp(`visit +2 +${landed} +${2 - landed} +0`))
      t.match(output, /\(no event\) +1 +0 +0 +1/)
      const [, rss] = /^rss (\d+)$/m.exec(output) ?? []
      t.ok(Number(rss) / 1024 < MOST_RSS_MB, `${path}: ${Number(rss) / 1024} MB`)
    }
    t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.visit`), 2)
  },
)
