import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { loadCommand, type LoadParts } from '@tablestream/batch-loader'
import t from 'tap'
import { makeLoadBucket, usePipeline } from './loader.ts'
import { DATASET, PROJECT, startPipeline } from './pipeline.ts'

const root = mkdtempSync(join(tmpdir(), 'tablestream-bad-'))
t.teardown(() => rmSync(root, { recursive: true, force: true }))

const lines = (name: string, count: number) =>
  Array.from({ length: count }, (_, n) => `{"event_type":"visit","event_id":"${name}${n}"}\n`).join('')

/** What is wrong with a file, and what is said of it behind its name: where it is, and why. */
const WRONG: Readonly<Record<string, readonly [content: string | Buffer, told: RegExp]>> = {
  'cut off.gz': [
    gzipSync(lines('cut', 500)).subarray(0, -20),
    /^not loaded \(truncated\): .*: its gzip ends too soon/,
  ],
  'damaged.gz': [
    damaged(gzipSync(lines('damaged', 500))),
    /^not loaded \(damaged\): .*: its gzip cannot be unpacked/,
  ],
  'half.parquet': [
    Buffer.from('PAR1 rows that were written before the disk was full'),
    /^not loaded \(truncated\): .*Parquet/,
  ],
  'array.json': [`[${lines('array', 2).trim().replace('\n', ',')}`, /^not loaded \(truncated\): /],
  'some.zip': [Buffer.from('PK\u0003\u0004 and more'), /^not loaded \(unknown\): .*: it is a zip archive/],
}

function damaged(bytes: Buffer): Buffer {
  bytes.fill(0xff, 30, 60)
  return bytes
}

t.test('a file that cannot be read says what and where, and the files beside it land whole', async (t) => {
  const pipeline = await startPipeline({ services: ['table-manager'] })
  t.teardown(() => pipeline.close())
  await makeLoadBucket(pipeline)
  t.teardown(usePipeline(pipeline))
  const { clients } = pipeline
  const load = async (
    sources: readonly string[],
    env: Readonly<Record<string, string>>,
    given: Partial<LoadParts> = {},
  ) => {
    const printed: string[] = []
    const output = { print: (text: string) => printed.push(text), write: () => {}, isTerminal: false }
    const args = { sources, 'dry-run': false, 'max-bad': '1' }
    const whole = { ...pipeline.cloud.environment, PROJECT_ID: PROJECT, DATASET, ...env }
    const code = await loadCommand(args, output, whole, given)
    return { code, printed, output: printed.join('\n') }
  }
  const count = (start: string) =>
    clients.count(`SELECT COUNT(*) FROM ${DATASET}.visit WHERE STARTS_WITH(event_id, '${start}')`)

  for (const [way, limit] of [
    ['together', '4000000'],
    ['one by one', '0'],
  ] as const)
    await t.test(`where files are loaded ${way}`, async (t) => {
      const folder = join(root, way)
      mkdirSync(folder)
      for (const [name, [content]] of Object.entries(WRONG)) writeFileSync(join(folder, name), content)
      const good = way.replaceAll(' ', '_')
      writeFileSync(join(folder, 'good one.json'), lines(good, 3))
      writeFileSync(
        join(folder, 'good.csv'),
        `event_type,event_id,note\nvisit,${good}-1,a "b\nvisit,${good}-2,"c"\n`,
      )
      const { code, printed, output } = await load([folder], { LOAD_STREAM_BYTES: limit })
      t.equal(code, 1, output)
      for (const [name, [, told]] of Object.entries(WRONG)) {
        const line = printed.find((text) => text.includes(`/${name}: `)) ?? ''
        t.match(line, told, name)
        t.match(line, /Nothing of it has landed$/, name)
      }
      t.match(output, /good one\.json\n.*\nvisit +3 +3 +0 +0/)
      // the line with a stray quote alone
      t.match(
        output,
        /good\.csv\n.*\n\(no event\) +1 +0 +0 +1\nvisit +1 +1 +0 +0\n {2}line 2 {2}not_json {2}.*/,
      )
      t.equal(await count(good), 4)
      t.equal(await count('cut'), 0)
      t.equal(await count('array'), 0)
      const again = await load([folder], { LOAD_STREAM_BYTES: limit })
      t.equal(again.code, 1, 'as long as one is wrong')
      t.match(again.output, /good one\.json \(was loaded before/)
      writeFileSync(join(folder, 'cut off.gz'), gzipSync(lines(`mended_${good}`, 500)))
      await load([folder], { LOAD_STREAM_BYTES: limit })
      t.equal(await count(`mended_${good}`), 500, 'once it is mended it lands')
    })

  await t.test(
    'one that grows while it is read lands nothing, and whole when it is loaded again',
    async (t) => {
      const path = join(root, 'growing.json')
      writeFileSync(path, lines('growing', 2000))
      let isGrown = false
      const progress = {
        begin: () => {},
        file: () => {},
        end: () => {},
        say: () => {},
        read: () => {
          if (!isGrown) appendFileSync(path, lines('later', 1))
          isGrown = true
        },
      }
      const { code, output } = await load([path], {}, { progress })
      t.equal(code, 1)
      t.match(
        output,
        /^not loaded \(changed\): file:.*growing\.json: it changed while it was read: from \d+ bytes of .* to \d+ bytes/,
      )
      t.equal(await count('growing'), 0)
      t.equal((await load([path], {})).code, 0)
      t.equal((await count('growing')) + (await count('later')), 2001)
    },
  )

  await t.test(
    'one that changes behind its landing says what has landed, and what is not told',
    async (t) => {
      const path = join(root, 'gone.json')
      writeFileSync(path, `${lines('gone', 3)}{"event_type":"visit","event_id":"gone1","other":true}\n{\n`)
      const publishLetters = () => Promise.resolve(appendFileSync(path, '\n'))
      const { code, output } = await load([path], {}, { publishLetters })
      t.equal(code, 1)
      t.match(
        output,
        /^not loaded \(source_gone\): file:.*gone\.json: it changed while it was read: .* Its other rows have landed; of 1 of its records, /,
      )
      t.notMatch(output, 'Nothing of it has landed')
      t.equal(await count('gone'), 3)
    },
  )

  await t.test('a policy that makes dead letters is told as their reason', async (t) => {
    const path = join(root, 'policy.json')
    writeFileSync(path, '{"event_type":"unheard","event_id":"1"}\n')
    const policies = '{"unheard":{"tables":"freeze"}}'
    const { code, output } = await load([path], { EVENT_POLICIES: policies })
    t.equal(code, 0)
    t.match(
      output,
      /\n {2}line 1 {2}unheard {2}table_not_allowed {2}.* and the policy of this event type lets none be/,
    )
  })

  await t.test('a folder without files says so', async (t) => {
    const folder = join(root, 'no files')
    mkdirSync(join(folder, 'below'), { recursive: true })
    writeFileSync(join(folder, '.hidden'), lines('hidden', 1))
    const { code, output } = await load([folder], {})
    t.equal(code, 0)
    t.equal(output, `there is no file in ${folder}: nothing was loaded`)
  })

  await t.test('where somebody does not answer the load has stopped, and the command was read', async (t) => {
    const path = join(root, 'cut.json')
    writeFileSync(path, lines('connection', 1))
    const tableOf = () => {
      throw new Error('socket hang up')
    }
    const { code, output } = await load([path], {}, { tableOf })
    t.equal(code, 1)
    t.match(
      output,
      /^load stopped \(failed\): socket hang up\. What is told above has its end; start it again/,
    )
  })

  await t.test('a source that means nothing is told, and those before it have landed', async (t) => {
    const folder = join(root, 'before')
    mkdirSync(folder)
    for (const name of ['one', 'two']) writeFileSync(join(folder, `${name}.json`), lines(`before_${name}`, 1))
    const { code, output } = await load([folder, join(root, 'none.json')], {})
    t.equal(code, 1)
    t.match(output, /load stopped \(missing\): file:.*none\.json: there is no such file$/)
    t.equal(await count('before'), 2)
  })
})
