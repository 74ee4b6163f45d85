import { html, useLayoutEffect, useRef, useState } from './lib.ts'
import { proposals, wordBefore, type Columns, type Proposal } from './completion.ts'

interface SqlEditorProps {
  readonly sql: string
  readonly change: (sql: string) => void
  readonly run: () => void
  readonly columns: Columns
  readonly dataset: string
}

const LINE_PX = 20.6
const NONE: readonly Proposal[] = []

/** A text area that proposes tables and columns: arrows choose, Enter or Tab takes, Escape closes. */
export function SqlEditor({ sql, change, run, columns, dataset }: SqlEditorProps) {
  const area = useRef<HTMLTextAreaElement>(null)
  const cursor = useRef<number | undefined>(undefined)
  const [shown, setShown] = useState(NONE)
  const [at, setAt] = useState(0)
  const isOpen = shown.length > 0

  useLayoutEffect(() => {
    if (cursor.current === undefined) return
    area.current!.setSelectionRange(cursor.current, cursor.current)
    cursor.current = undefined
  }, [sql])

  const typed = () => {
    const { value, selectionStart } = area.current!
    change(value)
    setShown(proposals(value, selectionStart, columns, dataset))
    setAt(0)
  }
  const take = ({ text }: Proposal) => {
    const { selectionStart: end } = area.current!
    const start = end - wordBefore(sql, end).length
    cursor.current = start + text.length
    change(sql.slice(0, start) + text + sql.slice(end))
    setShown(NONE)
    area.current!.focus()
  }
  const key = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) run()
    else if (!isOpen) return
    else if (event.key === 'ArrowDown') setAt((at + 1) % shown.length)
    else if (event.key === 'ArrowUp') setAt((at + shown.length - 1) % shown.length)
    else if (event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey)) take(shown[at]!)
    else if (event.key === 'Escape') setShown(NONE)
    else return
    event.preventDefault()
  }
  const lines = sql.slice(0, area.current?.selectionStart ?? 0).split('\n').length
  return html`<div class="complete">
    <label class="hidden" for="sql">SQL</label>
    <textarea
      id="sql"
      ref=${area}
      class="code-text"
      rows=${Math.max(5, Math.min(18, sql.split('\n').length + 1))}
      spellcheck=${false}
      autocomplete="off"
      autocapitalize="off"
      placeholder="SELECT …"
      value=${sql}
      role="combobox"
      aria-autocomplete="list"
      aria-expanded=${isOpen ? 'true' : 'false'}
      aria-controls="sql-options"
      aria-activedescendant=${isOpen ? `sql-option-${at}` : undefined}
      onInput=${typed}
      onKeyDown=${key}
      onBlur=${() => setShown(NONE)}
    ></textarea>
    <ul
      class="options"
      id="sql-options"
      role="listbox"
      aria-label="Proposals"
      hidden=${!isOpen}
      style=${{ top: `${10 + lines * LINE_PX}px` }}
    >
      ${shown.map(
        (proposal, index) =>
          html`<li
            key=${proposal.text}
            id=${`sql-option-${index}`}
            role="option"
            aria-selected=${index === at ? 'true' : 'false'}
            onMouseDown=${(event: MouseEvent) => {
              event.preventDefault()
              take(proposal)
            }}
          >
            <span>${proposal.text}</span><small>${proposal.kind}</small>
          </li>`,
      )}
    </ul>
  </div>`
}
