import { html, render, useEffect, useRef, useState } from './lib.ts'
import { session } from './api.ts'
import type { Session } from './api-types.ts'
import { link, useRoute, type Route } from './route.ts'
import { Empty, Page } from './parts.ts'
import { FindBox } from './find-box.ts'
import { Shortcuts, useShortcuts } from './shortcuts.ts'
import { ThemeSwitch } from './theme.ts'
import { PAGES } from './pages.ts'
import { FlowPage } from './flow.ts'
import { EventPage } from './event.ts'
import { TablesPage } from './tables.ts'
import { TablePage } from './table.ts'
import { DeadLettersPage } from './dead-letters.ts'
import { DeadLetterPage } from './dead-letter.ts'
import { SendPage } from './send.ts'
import { SqlPage } from './sql.ts'
import { ReconcilePage } from './reconcile.ts'

function App() {
  const route = useRoute()
  const [who, setWho] = useState<Session>()
  const [areShown, showShortcuts] = useState(false)
  useEffect(() => {
    // where it fails each page says so itself
    session().then(setWho, () => undefined)
  }, [])
  useShortcuts(() => showShortcuts(true))
  return html`
    <a class="skip" href="#main" onClick=${toMain}>Skip to the page</a>
    <header class="top">
      <a class="brand" href=${link('flow')} aria-label="Tablestream console"
        ><img src="/page/icon.svg" alt="" width="24" height="24" /><span>Tablestream</span></a
      >
      <${FindBox} />
      <div class="top-end">
        ${
          who !== undefined &&
          html`<span class="where" title="project and dataset"
            >${who.project}<span class="muted"> / ${who.dataset}</span></span
          >`
        }
        <button
          type="button"
          class="ghost keys"
          aria-label="Keyboard shortcuts"
          onClick=${() => showShortcuts(true)}
        >
          <kbd>?</kbd>
        </button>
        <${ThemeSwitch} />
      </div>
    </header>
    <${Navigation} at=${route.page} />
    <main id="main" tabindex="-1">
      <${CurrentPage} route=${route} key=${[route.page, ...route.rest].join('/')} />
    </main>
    ${areShown && html`<${Shortcuts} close=${() => showShortcuts(false)} />`}
  `
}

/** The address behind `#` is a page's: the skip link must not change it. */
function toMain(event: Event) {
  event.preventDefault()
  document.getElementById('main')?.focus()
}

function Navigation({ at }: { at: string }) {
  const nav = useRef<HTMLElement>(null)
  useEffect(() => {
    const current = nav.current?.querySelector<HTMLElement>('[aria-current]')
    if (nav.current && current) nav.current.scrollLeft = current.offsetLeft - 48
  }, [at])
  return html`<nav class="nav" aria-label="Pages" ref=${nav}>
    ${PAGES.map(
      ({ id, title, icon }) =>
        html`<a href=${link(id)} key=${id} aria-current=${id === at ? 'page' : undefined}>
          <svg viewBox="0 0 20 20" aria-hidden="true"><path d=${icon} /></svg>${title}
        </a>`,
    )}
  </nav>`
}

function CurrentPage({ route }: { route: Route }) {
  const { page, rest, query } = route
  if (page === 'flow') return html`<${FlowPage} />`
  if (page === 'event') return html`<${EventPage} id=${rest[0]} />`
  if (page === 'tables')
    return rest[0] === undefined ? html`<${TablesPage} />` : html`<${TablePage} name=${rest[0]} />`
  if (page === 'dead-letters')
    return rest[0] === undefined
      ? html`<${DeadLettersPage} query=${query} />`
      : html`<${DeadLetterPage} id=${rest[0]} />`
  if (page === 'send') return html`<${SendPage} query=${query} />`
  if (page === 'sql') return html`<${SqlPage} query=${query} />`
  if (page === 'reconcile') return html`<${ReconcilePage} />`
  return html`<${Page} title="No such page"
    ><${Empty} title=${`There is no page ${page}`}
      ><p><a href=${link('flow')}>Go to Flow</a></p><//
    ><//
  >`
}

render(html`<${App} />`, document.getElementById('app')!)
