// What every page is made of.
import { html, useEffect, useRef, useState, type Children, type ComponentChildren } from './lib.ts'
import { ago, clock, pretty } from './format.ts'

interface PageProps extends Children {
  readonly title: string
  readonly lead?: ComponentChildren
  readonly actions?: ComponentChildren
}

/** A page with its heading, which takes the focus when the page is come to: a screen reader reads it then. */
export function Page({ title, lead, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · Tablestream`
    // not at the first page: the skip link comes first there
    if (document.body.dataset.came === 'yes') heading.current?.focus({ preventScroll: true })
    document.body.dataset.came = 'yes'
    scrollTo(0, 0)
  }, [title])
  return html`<header class="head">
      <div>
        <h1 tabindex="-1" ref=${heading}>${title}</h1>
        ${lead !== undefined && html`<p class="lead">${lead}</p>`}
      </div>
      ${actions !== undefined && html`<div class="actions">${actions}</div>`}
    </header>
    ${children}`
}

export function Card({
  title,
  aside,
  children,
  flush,
}: Children & { title?: string; aside?: ComponentChildren; flush?: boolean }) {
  return html`<section class=${flush ? 'card flush' : 'card'} aria-label=${title}>
    ${
      title !== undefined &&
      html`<div class="card-head">
        <h2>${title}</h2>
        ${aside !== undefined && html`<div class="aside">${aside}</div>`}
      </div>`
    }
    ${children}
  </section>`
}

export function Loading({ what }: { what: string }) {
  return html`<p class="loading" role="status">
    <span class="spinner" aria-hidden="true"></span>Loading ${what} …
  </p>`
}

/** What failed, in whose words, and what can be done. */
export function Problem({ what, error, retry }: { what: string; error: Error; retry?: () => void }) {
  return html`<div class="problem" role="alert">
    <p><strong>${what} failed.</strong> ${error.message}</p>
    ${retry && html`<button type="button" onClick=${retry}>Try again</button>`}
  </div>`
}

export function Empty({ title, children }: Children & { title: string }) {
  return html`<div class="empty">
    <p class="empty-title">${title}</p>
    ${children}
  </div>`
}

export type Tone = 'good' | 'bad' | 'warn' | 'quiet'

export function Chip({ tone = 'quiet', children }: Children & { tone?: Tone }) {
  return html`<span class=${`chip ${tone}`}>${children}</span>`
}

export function Time({ at, relative }: { at: string | null | undefined; relative?: boolean }) {
  if (at == null || at === '') return html`<span class="muted">–</span>`
  return html`<time datetime=${at} title=${at}>${relative ? ago(at) : clock(at)}</time>`
}

/** A number to be typed, as text. */
export function numberField(label: string, value: string, set: (text: string) => void) {
  return html`<label class="field"
    >${label}<input
      inputmode="decimal"
      value=${value}
      onInput=${(event: InputEvent) => set((event.target as HTMLInputElement).value)}
  /></label>`
}

/** Text to be copied: a command, an event, an id. */
export function Code({ text, label, plain }: { text: string; label: string; plain?: boolean }) {
  return html`<div class="code">
    <pre tabindex="0" role="region" aria-label=${label}><code>${plain ? text : pretty(text)}</code></pre>
    <${Copy} text=${text} label=${label} />
  </div>`
}

export function Copy({ text, label }: { text: string; label: string }) {
  const [state, setState] = useState('Copy')
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setState('Copied'),
      () => setState('Not allowed'),
    )
    setTimeout(() => setState('Copy'), 1500)
  }
  return html`<button type="button" class="copy small" aria-label=${`Copy ${label}`} onClick=${copy}>
    <span aria-live="polite">${state}</span>
  </button>`
}

/** A table that scrolls by itself where the screen is narrow. */
export function Scroll({ label, children }: Children & { label: string }) {
  return html`<div class="scroll" role="region" tabindex="0" aria-label=${label}>${children}</div>`
}

interface Tab {
  readonly id: string
  readonly title: string
}

/** Parts of a page, one at a time: arrows go from tab to tab. */
export function Tabs({
  tabs,
  at,
  choose,
  label,
}: {
  tabs: readonly Tab[]
  at: string
  choose: (id: string) => void
  label: string
}) {
  const key = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = tabs[(tabs.findIndex(({ id }) => id === at) + step + tabs.length) % tabs.length]!
    choose(next.id)
    document.getElementById(`tab-${next.id}`)?.focus()
  }
  return html`<div class="tabs" role="tablist" aria-label=${label} onKeyDown=${key}>
    ${tabs.map(
      ({ id, title }) =>
        html`<button
          type="button"
          role="tab"
          id=${`tab-${id}`}
          key=${id}
          aria-selected=${id === at ? 'true' : 'false'}
          tabindex=${id === at ? 0 : -1}
          onClick=${() => choose(id)}
        >
          ${title}
        </button>`,
    )}
  </div>`
}
