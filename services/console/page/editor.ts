import { html, useEffect, useRef, useState } from './lib.ts'
import { ask } from './api.ts'
import type { Judged } from './api-types.ts'
import { piecesOf, type Marked } from './marks.ts'

/** A text with places marked. */
export function MarkedText({ text, places }: { text: string; places: readonly Marked[] }) {
  return piecesOf(text, places).map(({ start, end, mark }) =>
    mark === undefined
      ? text.slice(start, end)
      : html`<mark key=${start} class=${mark.missing ? 'missing' : ''} title=${mark.message}
          >${text.slice(start, end)}</mark
        >`,
  )
}

interface EditorProps {
  readonly id: string
  readonly text: string
  readonly places: readonly Marked[]
  readonly change: (text: string) => void
  readonly submit?: () => void
  readonly label: string
}

/** A text area with marks: a copy of the text with the marks lies under it, letter on letter. */
export function Editor({ id, text, places, change, submit, label }: EditorProps) {
  const key = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    submit?.()
  }
  return html`<div class="editor">
    <pre aria-hidden="true"><${MarkedText} text=${text} places=${places} />${'\n'}</pre>
    <textarea
      id=${id}
      aria-label=${label}
      spellcheck=${false}
      autocomplete="off"
      value=${text}
      onKeyDown=${key}
      onInput=${(event: InputEvent) => change((event.target as HTMLTextAreaElement).value)}
    ></textarea>
  </div>`
}

const PAUSE_MS = 180

export interface Judging {
  readonly judged: Judged | undefined
  readonly error: Error | undefined
  /** What was judged is not the text that stands there now. */
  readonly isOld: boolean
}

/** The gateway's judge on what is typed, a moment after each change. */
export function useJudge(text: string, more: Readonly<Record<string, unknown>> = {}): Judging {
  const [state, setState] = useState<{ of: string; judged?: Judged; error?: Error }>({ of: '' })
  const asking = useRef<AbortController | undefined>(undefined)
  const key = JSON.stringify(more)
  useEffect(() => {
    if (text.trim() === '') return undefined
    const timer = setTimeout(() => {
      const abort = (asking.current = new AbortController())
      ask<Judged>('judge', { text, ...more }, abort.signal).then(
        (judged) => setState({ of: text, judged }),
        (error: Error) => {
          if (!abort.signal.aborted) setState({ of: text, error })
        },
      )
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      asking.current?.abort()
    }
  }, [text, key])
  return { judged: state.judged, error: state.error, isOld: state.of !== text }
}
