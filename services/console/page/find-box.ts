import { html, useState } from './lib.ts'
import { go } from './route.ts'

/** "Where is my event?", on every page. */
export function FindBox() {
  const [id, setId] = useState('')
  const find = (event: Event) => {
    event.preventDefault()
    if (id.trim() !== '') go('event', [id.trim()])
  }
  return html`<form class="find" role="search" onSubmit=${find}>
    <label class="hidden" for="find">Find an event by its id or message id</label>
    <input
      id="find"
      type="search"
      placeholder="Where is my event? Its id …"
      autocomplete="off"
      spellcheck=${false}
      value=${id}
      onInput=${(event: InputEvent) => setId((event.target as HTMLInputElement).value)}
    />
    <kbd aria-hidden="true">/</kbd>
  </form>`
}
