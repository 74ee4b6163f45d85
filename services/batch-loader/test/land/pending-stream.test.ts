import { column } from '@tablestream/table-schema'
import t from 'tap'
import { StreamUseless, type PendingStreams } from '../../src/google/pending-streams.ts'
import type { Workshop } from '../../src/google/storage.ts'
import { PendingStream } from '../../src/land/pending-stream.ts'
import { stagingNames } from '../../src/row/staging-names.ts'
import { LoadError } from '../../src/load-error.ts'
import type { SourceLoad } from '../../src/source-load.ts'

const COLUMNS = ['event_id', '_source', '_fingerprint'].map((name) => column(name, 'STRING'))
const { place, match } = stagingNames(COLUMNS)
const LINES = [0, 1, 2].map((number) =>
  JSON.stringify({
    [place]: number,
    [match]: 'id',
    event_id: `e-${number}`,
    _source: null,
    _fingerprint: '1',
  }),
)

/** A table, streams and a workshop in memory; what a method of `streams` is to do otherwise is given. */
function world(other: (base: PendingStreams) => Partial<PendingStreams> = () => ({})) {
  const table = new Set<string>()
  const streams = new Map<string, { rows: number; isFinalized: boolean; isCommitted: boolean }>()
  const notes = new Map<string, unknown>()
  const base: PendingStreams = {
    columnsOf: () => Promise.resolve(new Set(COLUMNS.map(({ name }) => name))),
    create: () => {
      const name = `stream-${streams.size + 1}`
      streams.set(name, { rows: 0, isFinalized: false, isCommitted: false })
      return Promise.resolve(name)
    },
    stateOf: (name) => Promise.resolve(streams.get(name)!.isCommitted ? 'committed' : 'open'),
    append: (name, _, batches) => {
      const stream = streams.get(name)!
      if (!stream.isFinalized) stream.rows = batches.reduce((sum, { rows }) => sum + rows.length, 0)
      return Promise.resolve()
    },
    finalize: (name) => {
      const stream = streams.get(name)!
      stream.isFinalized = true
      return Promise.resolve(stream.rows)
    },
    commit: (_, name) => {
      const stream = streams.get(name)!
      stream.isCommitted = true
      for (let number = 0; number < stream.rows; number++) table.add(`e-${number}`)
      return Promise.resolve()
    },
    close: () => {},
  }
  const workshop: Partial<Workshop> = {
    names: () => Promise.resolve(new Set(notes.keys())),
    read: <T>(name: string) => Promise.resolve(notes.get(name) as T),
    make: <T>(name: string, value: T) => {
      if (!notes.has(name)) notes.set(name, value)
      return Promise.resolve(notes.get(name) as T)
    },
    bytesOf: () => Promise.resolve(Buffer.from(LINES.join('\n'))),
  }
  const fresh = () =>
    LINES.flatMap((_, number) => (table.has(`e-${number}`) ? [] : [{ place: number, id: `e-${number}` }]))
  const parts = {
    tableOf: () => 'visit',
    warehouse: { name: (name: string) => name, query: () => Promise.resolve(fresh()) },
    policies: { of: () => ({ collisions: 'keep' }) },
    streams: { ...base, ...other(base) },
    waitMs: 1000,
  }
  const source = { parts, workshop } as unknown as SourceLoad
  const land = () =>
    new PendingStream(source, new Map([['visit', COLUMNS]])).insert({
      type: 'visit',
      index: 0,
      rows: LINES.length,
      written: [{ table: 'visit', rows: 3, deadLetters: 0, objects: ['rows'], days: undefined }],
    })
  return { land, table, streams, notes, base }
}

/** A world in which a load ended behind the note of its stream. */
async function left(other?: Parameters<typeof world>[0]) {
  const all = world(other)
  const name = await all.base.create('visit')
  const rows = LINES.map((_, number) => ({ place: number, id: `e-${number}` }))
  all.notes.set('stream-0-1.json', { stream: name, rows })
  return { ...all, name }
}

t.test('a stream that was left is gone on with', async (t) => {
  const { land, table, streams, name } = await left()
  t.match(await land(), { landed: 3, stream: name })
  t.equal(table.size, 3)
  t.equal(streams.size, 1)
})

t.test('one that cannot be gone on with is left, and another one brings the rows', async (t) => {
  const useless = () => Promise.reject(new StreamUseless('it is over its time'))
  const ways: Readonly<Record<string, Parameters<typeof world>[0]>> = {
    'no append': (base) => ({
      append: (name, ...rest) => (name === 'stream-1' ? useless() : base.append(name, ...rest)),
    }),
    'no end': (base) => ({ finalize: (name) => (name === 'stream-1' ? useless() : base.finalize(name)) }),
    'no commit': (base) => ({
      commit: (of, name) => (name === 'stream-1' ? useless() : base.commit(of, name)),
    }),
    'too few rows': (base) => ({
      finalize: async (name) => (await base.finalize(name)) - (name === 'stream-1' ? 1 : 0),
    }),
  }
  for (const [what, other] of Object.entries(ways)) {
    const { land, table, streams, notes } = await left(other)
    t.match(await land(), { landed: 3, stream: 'stream-2' }, what)
    t.equal(table.size, 3, what)
    t.equal(streams.size, 2, what)
    t.ok(notes.has('stream-0-2.json'), what)
  }
})

t.test('one that was committed after all, though its commit was refused, brings its rows once', async (t) => {
  const { land, table, streams, name } = await left((base) => ({
    commit: async (of, each) => {
      await base.commit(of, each)
      throw new StreamUseless('the stream is not found')
    },
  }))
  t.match(await land(), { landed: 3, stream: name })
  t.equal(table.size, 3)
  t.equal(streams.size, 1)
})

t.test('what a new stream does not take no other one would', async (t) => {
  const { land, table, streams } = world(() => ({
    append: () => Promise.reject(new StreamUseless('too large')),
  }))
  await t.rejects(land(), { rule: 'stream_failed', message: /rows of visit could not land: too large/ })
  t.equal(streams.size, 1)
  t.equal(table.size, 0)
  await t.rejects(land(), { message: /could not land/ })
  t.equal(streams.size, 2, 'the next start tries another one, once')
})

t.test('what may pass keeps the stream for the next start', async (t) => {
  const { land, streams } = await left(() => ({
    append: () => Promise.reject(new LoadError('stream_failed', 'busy')),
  }))
  await t.rejects(land(), { message: 'busy' })
  t.equal(streams.size, 1)
})
