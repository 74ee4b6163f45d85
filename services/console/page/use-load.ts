import { get } from './api.ts'
import { useCallback, useEffect, useState } from './lib.ts'

export interface Loaded<T> {
  readonly data: T | undefined
  readonly error: Error | undefined
  readonly isLoading: boolean
  readonly reload: () => void
}

/** Loads `/api/PATH`, again when the path changes. What was shown stays until the new answer is there. */
export function useLoad<T>(path: string | undefined): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'> & { of?: string }>(EMPTY)
  const [round, setRound] = useState(0)
  useEffect(() => {
    if (path === undefined) {
      setState(EMPTY)
      return undefined
    }
    const abort = new AbortController()
    setState((last) => ({ ...last, isLoading: true }))
    get<T>(path, abort.signal).then(
      (data) => setState({ data, error: undefined, isLoading: false, of: path }),
      (error: Error) => {
        if (!abort.signal.aborted) setState({ data: undefined, error, isLoading: false })
      },
    )
    return () => abort.abort()
  }, [path, round])
  const reload = useCallback(() => setRound((last) => last + 1), [])
  return { ...state, reload }
}

const EMPTY = { data: undefined, error: undefined, isLoading: false }
