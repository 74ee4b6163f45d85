import { html, useEffect, useRef, useState } from './lib.ts'
import { PAGES } from './pages.ts'
import { go } from './route.ts'

/** Letters alone disturb who speaks to a computer: they can be switched off. */
const areOn = () => document.documentElement.dataset.shortcuts !== 'off'

export function useShortcuts(showAll: () => void): void {
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !areOn() || isTyping(event.target)) return
      const page = PAGES.find((each) => each.key === event.key)
      if (page !== undefined) go(page.id)
      else if (event.key === '/') document.getElementById('find')?.focus()
      else if (event.key === '?') showAll()
      else return
      event.preventDefault()
    }
    addEventListener('keydown', key)
    return () => removeEventListener('keydown', key)
  }, [])
}

const isTyping = (target: EventTarget | null) =>
  target instanceof Element && target.closest('input, textarea, select, dialog') !== null

export function Shortcuts({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [isOn, setOn] = useState(areOn)
  useEffect(() => dialog.current?.showModal(), [])
  const toggle = () => {
    document.documentElement.dataset.shortcuts = isOn ? 'off' : 'on'
    setOn(!isOn)
  }
  return html`<dialog ref=${dialog} onClose=${close} aria-labelledby="keys-title">
    <h2 id="keys-title">Keyboard</h2>
    <dl class="keys-list">
      ${PAGES.map(
        ({ key, title }) =>
          html`<div key=${key}>
            <dt><kbd>${key}</kbd></dt>
            <dd>${title}</dd>
          </div>`,
      )}
      <div>
        <dt><kbd>/</kbd></dt>
        <dd>find an event</dd>
      </div>
      <div>
        <dt><kbd>Ctrl</kbd> <kbd>Enter</kbd></dt>
        <dd>run the SQL, send or replay what is in the editor</dd>
      </div>
      <div>
        <dt><kbd>?</kbd></dt>
        <dd>this list</dd>
      </div>
      <div>
        <dt><kbd>Esc</kbd></dt>
        <dd>close</dd>
      </div>
    </dl>
    <label class="check"
      ><input type="checkbox" checked=${isOn} onChange=${toggle} /> Shortcuts of one key are on</label
    >
    <p class="end"><button type="button" onClick=${() => dialog.current?.close()}>Close</button></p>
  </dialog>`
}
