import { ApiProblem, change, get } from './api.ts'
import type { Filters, Replay } from './api-types.ts'
import { html, useEffect, useRef, useState } from './lib.ts'
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
  /** Why nothing was heard of it at the last look; it is looked at again. */
  readonly missed: Error | undefined
  /** From the click on until the end: there is one replay at a time. */
  readonly isBusy: boolean
  readonly start: (what: WhatToReplay) => void
  readonly undo: () => void
  readonly dismiss: () => void
}

const isOver = ({ state }: Replay) => state === 'done' || state === 'failed' || state === 'cancelled'

/** A replay from the click on: the window in which it can be undone, its progress, its end. */
export function useReplay(onDone: () => void): Replaying {
  const [replay, setReplay] = useState<Replay>()
  const [error, setError] = useState<Error>()
  const [missed, setMissed] = useState<Error>()
  const [looks, setLooks] = useState(0)
  const [isAsked, setAsked] = useState(false)
  // a second click comes before the page is drawn anew
  const isUnderWay = useRef(false)
  const doing = async (work: () => Promise<Replay>) => {
    if (isUnderWay.current) return
    isUnderWay.current = true
    setAsked(true)
    setError(undefined)
    try {
      setReplay(await work())
    } catch (reason) {
      setError(reason as Error)
    }
    isUnderWay.current = false
    setAsked(false)
  }
  const isGoingOn = replay !== undefined && !isOver(replay)
  useEffect(() => {
    if (replay === undefined) return undefined
    if (isOver(replay)) {
      if (replay.state !== 'cancelled') onDone()
      return undefined
    }
    let isCurrent = true
    const look = async () => {
      try {
        const next = await get<Replay>(`dead-letters/replay/${encodeURIComponent(replay.replay_id)}`)
        if (!isCurrent) return
        setMissed(undefined)
        setReplay({ ...next })
      } catch (reason) {
        if (!isCurrent) return
        if (reason instanceof ApiProblem && reason.status === 404) {
          // the console was started anew: it began nothing that waited, and knows nothing of what ran
          setReplay(undefined)
          setError(reason)
        } else {
          // it goes on there, whether it tells of it or not
          setMissed(reason as Error)
          setLooks((last) => last + 1)
        }
      }
    }
    const timer = setTimeout(() => void look(), POLL_MS)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [replay, looks])
  return {
    replay,
    error,
    missed,
    isBusy: isAsked || isGoingOn,
    start: (what) => {
      if (isGoingOn) return
      void doing(() => change<Replay>('POST', 'dead-letters/replay', { ...what, undo_seconds: UNDO_SECONDS }))
    },
    undo: () => {
      if (replay !== undefined) void doing(() => undone(replay))
    },
    dismiss: () => {
      setReplay(undefined)
      setError(undefined)
      setMissed(undefined)
    },
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
export function ReplayBar({ replaying: { replay, error, missed, undo, dismiss } }: { replaying: Replaying }) {
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
    ${missed && !error && html`<p class="muted">Nothing new is heard of it, and it is asked again: ${missed.message}</p>`}
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
