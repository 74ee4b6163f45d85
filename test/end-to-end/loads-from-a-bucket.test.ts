import { gzipSync } from 'node:zlib'
import t from 'tap'
import { makeLoadBucket, runLoad } from './loader.ts'
import { PROJECT, startPipeline } from './pipeline.ts'

const BUCKET = `${PROJECT}-dev-loads`
const lines = (from: number, count: number) =>
  Array.from(
    { length: count },
    (_, at) => `{"event_type":"page_view","event_id":"v${from + at}","url":"/${from + at}"}\n`,
  ).join('')

t.test('objects of a bucket are found by name, folder and glob, and read in portions', async (t) => {
  const pipeline = await startPipeline()
  t.teardown(() => pipeline.close())
  await makeLoadBucket(pipeline)
  const put = async (name: string, content: string | Buffer) => {
    const host = pipeline.cloud.environment['STORAGE_EMULATOR_HOST']
    const query = `uploadType=media&name=${encodeURIComponent(name)}`
    const body = new Uint8Array(Buffer.from(content))
    const answer = await fetch(`${host}/upload/storage/v1/b/${BUCKET}/o?${query}`, { method: 'POST', body })
    t.ok(answer.ok, name)
  }
  await put('raw/a.json', lines(0, 20_000))
  await put('raw/more/b [x] 100%', gzipSync(lines(20_000, 10)))
  const env = { LOAD_PORTION_BYTES: '200000' }
  const told = async (source: string) => runLoad(pipeline, [source, '--dry-run'], { env })

  const folder = await told(`gs://${BUCKET}/raw/`)
  t.equal(folder.code, 0, folder.output)
  t.match(folder.output, '20,000')
  t.match(folder.output, `gs://${BUCKET}/raw/more/b [x] 100%`)
  const glob = await told(`gs://${BUCKET}/raw/*.json`)
  t.match(glob.output, `gs://${BUCKET}/raw/a.json`)
  t.notMatch(glob.output, 'more/b')
  const one = await told(`gs://${BUCKET}/raw/more/b [x] 100%`)
  t.equal(one.code, 0, one.output)
  const none = await told(`gs://${BUCKET}/raw/none*`)
  t.equal(none.code, 1, none.output)
  t.match(none.output, `gs://${BUCKET}/raw/none*: there is no such object, and none below or like it`)
})
