import createError from '@fastify/error'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { Replayer } from '@tablestream/ledger'
import Type from 'typebox'
import { Replay, ReplayPreview, ReplayRequest } from '../api/replay.ts'
import type { Tables } from '../tables/dataset.ts'
import { conditionOf } from './filters.ts'
import { bothOf } from './overlap.ts'
import { readLetters } from './read-letters.ts'
import { filtersOf, ledgerFilters, type Replays, type ReplayWork } from './replays.ts'
import { NoSuchLetter } from './routes.ts'

const NoSuchReplay = createError<[string]>('NO_SUCH_REPLAY', 'this process knows no replay "%s"', 404)
const TooLate = createError<[string]>('TOO_LATE', 'the replay is %s: only one that waits can be undone', 409)
const WhichOnes = createError(
  'WHICH_DEAD_LETTERS',
  'a replay names either `filters` or `ids`, or one `id` with the `text` of the mended event',
  400,
)
const NothingFits = createError('NOTHING_FITS', 'no dead letter fits', 404)
const UnderWay = createError<[string]>(
  'REPLAY_UNDER_WAY',
  'the replay %s waits or runs, and means one of these dead letters too: undo it, or come again after its end',
  409,
)
const EXAMPLES = 10

export interface ReplayRouteOptions {
  readonly tables: Tables
  readonly replayer: Pick<Replayer, 'count'>
  readonly replays: Replays
  readonly now: () => number
}

/** Dead letters are published again: shown first, then done after a window in which it can be undone. */
export const replayRoutes: FastifyPluginCallbackTypebox<ReplayRouteOptions> = (app, options, done) => {
  const { tables, replayer, replays, now } = options
  const Id = Type.Object({ id: Type.String() })
  const changes = { config: { changes: 'replay' as const } }

  app.post(
    '/api/dead-letters/replay/preview',
    {
      schema: {
        summary: 'What a replay would publish; nothing is done',
        body: ReplayRequest,
        response: { 200: ReplayPreview },
      },
    },
    async ({ body }) => {
      const wanted = wantedOf(body)
      const { where, params } = conditionOf(wanted.filters)
      const ofIds = wanted.ids === undefined ? '' : ' AND dead_letter_id IN UNNEST(@ids)'
      const [groups, { letters: examples }] = await Promise.all([
        replayer.count(ledgerFilters(wanted.filters, wanted.ids)),
        readLetters(tables, {
          where: where + ofIds,
          params: { ...params, ...(wanted.ids !== undefined && { ids: wanted.ids }) },
          limit: EXAMPLES,
        }),
      ])
      const letters = groups.reduce((sum, group) => sum + group.letters, 0)
      return {
        letters: Math.min(letters, body.limit ?? letters),
        groups: groups.map(({ reason, eventType, letters: count }) => ({
          reason,
          event_type: eventType,
          letters: count,
        })),
        examples: examples.map(({ letter }) => letter),
      }
    },
  )
  app.post(
    '/api/dead-letters/replay',
    {
      ...changes,
      schema: {
        summary: 'Publishes dead letters again, after some seconds in which it can be undone',
        body: ReplayRequest,
        response: { 202: Replay },
      },
    },
    async ({ body }, reply) => {
      void reply.code(202)
      const { undo_seconds: seconds, id, text } = body
      if (id !== undefined && text !== undefined) {
        const one = { where: 'dead_letter_id = @id', params: { id }, limit: 1 }
        if ((await readLetters(tables, one)).letters.length === 0) throw new NoSuchLetter(id)
        return begin({ deadLetterId: id, data: Buffer.from(text) }, 1, seconds)
      }
      const { filters, ids } = wantedOf(body)
      // what becomes a dead letter in the window was in no preview
      const until = filters.until ?? new Date(now()).toISOString()
      const frozen = ledgerFilters({ ...filters, until }, ids)
      const groups = await replayer.count(frozen)
      const letters = groups.reduce((sum, group) => sum + group.letters, 0)
      if (letters === 0) throw new NothingFits()
      const most = Math.min(letters, body.limit ?? letters)
      return begin({ filters: frozen, most }, most, seconds)
    },
  )
  app.get(
    '/api/dead-letters/replays',
    {
      schema: {
        summary: 'The replays of this process, newest first',
        response: { 200: Type.Object({ replays: Type.Array(Replay) }) },
      },
    },
    () => ({ replays: replays.all() }),
  )
  app.get(
    '/api/dead-letters/replay/:id',
    { schema: { summary: 'How a replay is doing', params: Id, response: { 200: Replay } } },
    ({ params: { id } }) => replayOf(id),
  )
  app.delete(
    '/api/dead-letters/replay/:id',
    { ...changes, schema: { summary: 'Undoes a replay that waits', params: Id, response: { 200: Replay } } },
    ({ params: { id } }) => {
      const replay = replayOf(id)
      if (!replays.cancel(id)) throw new TooLate(replay.state)
      return replayOf(id)
    },
  )
  done()

  /** @throws UnderWay */
  function begin(work: ReplayWork, letters: number, seconds: number): Promise<Replay> {
    return replays.inTurn(async () => {
      for (const { id, filters } of replays.going()) {
        const both = bothOf(filters, filtersOf(work))
        if (both && (await replayer.count(both)).length > 0) throw new UnderWay(id)
      }
      return replays.start(work, letters, seconds)
    })
  }

  function replayOf(id: string): Replay {
    const replay = replays.get(id)
    if (!replay) throw new NoSuchReplay(id)
    return replay
  }
}

/** @throws WhichOnes */
function wantedOf({ filters, ids, id, text }: ReplayRequest) {
  if (id !== undefined || text !== undefined || (filters === undefined) === (ids === undefined))
    throw new WhichOnes()
  // who names them means them, replayed or not
  return { filters: filters ?? { replayed: true }, ids }
}
