import { get } from './api.ts'
import { appended } from './append-flow.ts'
import type { Flow } from './api-types.ts'
import { useEffect, useState } from './lib.ts'

export interface LiveFlow {
  readonly flow: Flow | undefined
  readonly error: Error | undefined
  /** Figures come in. False: those shown are old, and the browser tries again by itself. */
  readonly isLive: boolean
  readonly reload: () => void
}

/** The whole hour once, then what is new by server-sent events. */
export function useFlow(): LiveFlow {
  const [flow, setFlow] = useState<Flow>()
  const [error, setError] = useState<Error>()
  const [isLive, setLive] = useState(false)
  const [round, setRound] = useState(0)
  useEffect(() => {
    const abort = new AbortController()
    let stream: EventSource | undefined
    const listen = () => {
      stream = new EventSource('/api/flow/stream')
      stream.addEventListener('open', () => setLive(true))
      stream.addEventListener('error', () => setLive(false))
      stream.addEventListener('flow', (event: MessageEvent<string>) => {
        const newer = JSON.parse(event.data) as Flow
        setLive(true)
        setFlow((last) => (last === undefined ? newer : appended(last, newer)))
      })
    }
    get<Flow>('flow', abort.signal).then(
      (whole) => {
        setError(undefined)
        setFlow(whole)
        listen()
      },
      (reason: Error) => {
        if (!abort.signal.aborted) setError(reason)
      },
    )
    return () => {
      abort.abort()
      stream?.close()
    }
  }, [round])
  return { flow, error, isLive, reload: () => setRound((last) => last + 1) }
}
