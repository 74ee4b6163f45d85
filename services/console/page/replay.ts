import { ApiProblem, change, get } from './api.ts'
import type { Filters, Replay } from './api-types.ts'
import { html, useEffect, useState } from './lib.ts'
import { plural } from './format.ts'
import { link } from './route.ts'

const UNDO_SECONDS = 5
const POLL_MS = 500

export type WhatToReplay =
  | { readonly filters: Filters; readonly ids?: readonly string[] }
  | { readonly id: string; readonly text: string }

export interface Replaying {
  readonly replay: Replay | undefined
  readonly error: Error | undefined
  readonly start: (what: WhatToReplay) => void
  readonly undo: () => void
  readonly dismiss: () => void
}

const isOver = ({ state }: Replay) => state === 'done' || state === 'failed' || state === 'cancelled'

/** A replay from the click on: the window in which it can be undone, its progress, its end. */
export function useReplay(onDone: () => void): Replaying {
  const [replay, setReplay] = useState<Replay>()
  const [error, setError] = useState<Error>()
  const doing = (work: Promise<Replay | undefined>) => {
    setError(undefined)
    work.then((next) => next && setReplay(next), setError)
  }
  useEffect(() => {
    if (replay === undefined) return undefined
    if (isOver(replay)) {
      if (replay.state !== 'cancelled') onDone()
      return undefined
    }
    const timer = setTimeout(
      () =>
        get<Replay>(`dead-letters/replay/${encodeURIComponent(replay.replay_id)}`).then(
          (next) => setReplay({ ...next }),
          setError,
        ),
      POLL_MS,
    )
    return () => clearTimeout(timer)
  }, [replay])
  return {
    replay,
    error,
    start: (what) =>
      doing(change<Replay>('POST', 'dead-letters/replay', { ...what, undo_seconds: UNDO_SECONDS })),
    undo: () => {
      if (replay !== undefined) doing(undone(replay))
    },
    dismiss: () => setReplay(undefined),
  }
}

async function undone({ replay_id: id }: Replay): Promise<Replay> {
  try {
    await change('DELETE', `dead-letters/replay/${encodeURIComponent(id)}`)
  } catch (error) {
    if (!(error instanceof ApiProblem && error.status === 409)) throw error
    // it began a moment ago: what it does now is told below
  }
  return get<Replay>(`dead-letters/replay/${encodeURIComponent(id)}`)
}

/** Stays at the foot of the page while a replay waits, runs, and until its end was read. */
export function ReplayBar({ replaying: { replay, error, undo, dismiss } }: { replaying: Replaying }) {
  const [, tick] = useState(0)
  useEffect(() => {
    if (replay?.state !== 'waiting') return undefined
    const timer = setInterval(() => tick((last) => last + 1), 250)
    return () => clearInterval(timer)
  }, [replay?.state])
  if (replay === undefined && error === undefined) return null
  const left =
    replay === undefined ? 0 : Math.max(0, Math.ceil((Date.parse(replay.starts_at) - Date.now()) / 1000))
  return html`<div class="undo" role="status">
    <p>${error ? `The replay failed: ${error.message}` : textOf(replay!, left)}</p>
    ${
      replay?.state === 'done' &&
      replay.message_id !== undefined &&
      html`<a href=${link('event', [replay.message_id])}>Where is it now?</a>`
    }
    ${
      replay?.state === 'waiting'
        ? html`<button type="button" onClick=${undo}>Undo</button>`
        : html`<button type="button" onClick=${dismiss}>Close</button>`
    }
  </div>`
}

function textOf({ state, letters, replayed, failed, problem }: Replay, left: number): string {
  const what = plural(letters, 'dead letter')
  if (state === 'waiting') return `${what} will be published again in ${left} s.`
  if (state === 'running') return `Publishing: ${replayed} of ${what} …`
  if (state === 'cancelled') return 'Undone: nothing was published.'
  const refused = failed.length > 0 ? ` ${plural(failed.length, 'letter')} failed: ${failed[0]!.message}` : ''
  if (state === 'failed')
    return `The replay stopped after ${replayed} of ${what}: ${problem ?? 'no reason is known'}.${refused}`
  return `${plural(replayed, 'dead letter')} published again.${refused}`
}
