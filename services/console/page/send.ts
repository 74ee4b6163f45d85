import { change } from './api.ts'
import type { Sent, Session, Types } from './api-types.ts'
import { Editor, useJudge } from './editor.ts'
import { Faulty } from './faults.ts'
import { Generator } from './generator.ts'
import { html, useState } from './lib.ts'
import { Card, Chip, Code, Loading, Page, Problem, Tabs } from './parts.ts'
import { go, link } from './route.ts'
import { SchemaForm } from './schema-form.ts'
import { useLoad } from './use-load.ts'
import { Verdict } from './verdict.ts'

export function SendPage({ query }: { query: URLSearchParams }) {
  const who = useLoad<Session>('session')
  const wanted = query.get('tab')
  const choose = (id: string) => go('send', [], id === 'event' ? {} : { tab: id })
  const may = who.data?.may
  const tabs = [
    { id: 'event', title: 'One event' },
    ...(may?.generate ? [{ id: 'generator', title: 'Generator' }] : []),
    ...(may?.faults ? [{ id: 'faults', title: 'Faults' }] : []),
  ]
  const tab = tabs.find(({ id }) => id === wanted)?.id ?? 'event'
  return html`<${Page} title="Send" lead="Events of your own, or those of a simulated shop.">
    ${who.error && html`<${Problem} what="Asking what may be sent" error=${who.error} retry=${who.reload} />`}
    ${!who.data && !who.error && html`<${Loading} what="what may be sent" />`}
    ${
      may &&
      html`<${Tabs} tabs=${tabs} at=${tab} choose=${choose} label="What to send" />
        <div role="tabpanel" aria-labelledby=${`tab-${tab}`}>
          ${tab === 'generator' ? html`<${Generator} />` : tab === 'faults' ? html`<${Faulty} />` : html`<${OneEvent} may=${may.send} />`}
        </div>`
    }
  <//>`
}

const freeOf = (typeField: string): Types['types'][number] => ({
  event_type: '',
  table: '',
  schema: undefined,
  example: { [typeField]: 'page_view', url: '/home', ms: 12.5, user: { id: 7, tags: ['a', 'b'] } },
})

/** What the form begins with: what the shop's README begins with, too; else the first there is. */
const FIRST = 'order'

const textOf = (value: unknown) => JSON.stringify(value, null, 2)

function OneEvent({ may }: { may: boolean }) {
  const { data, error, reload } = useLoad<Types>('types')
  if (error) return html`<${Problem} what="Loading the contracts" error=${error} retry=${reload} />`
  if (data === undefined) return html`<${Loading} what="the contracts" />`
  return html`<${Composer} types=${data.types} typeField=${data.type_field} may=${may} />`
}

function Composer({ types, typeField, may }: { types: Types['types']; typeField: string; may: boolean }) {
  const [type, setType] = useState(
    () => (types.find(({ event_type: each }) => each === FIRST) ?? types[0])?.event_type ?? '',
  )
  const of = (name: string) => types.find(({ event_type: each }) => each === name) ?? freeOf(typeField)
  const [text, setText] = useState(textOf(of(type).example))
  const [sent, setSent] = useState<Sent>()
  const [error, setError] = useState<Error>()
  const judging = useJudge(text)
  const value = objectOf(text)
  const known = of(type)
  const choose = (event: Event) => {
    const name = (event.target as HTMLSelectElement).value
    setType(name)
    setText(textOf(of(name).example))
    setSent(undefined)
  }
  const send = () => {
    setError(undefined)
    setSent(undefined)
    if (may) change<Sent>('POST', 'send', { text }).then(setSent, setError)
  }
  return html`<div class="two">
    <${Card} title="What it says">
      <div class="stack">
        <label class="field"
          >Event type
          <select value=${type} onChange=${choose}>
            ${types.map(({ event_type: name, table }) => html`<option key=${name} value=${name}>${name} → ${table}</option>`)}
            <option value="">any other: free JSON</option>
          </select>
        </label>
        ${
          known.schema === undefined
            ? html`<p class="muted">
                A type that nobody declared becomes a table of its own name; write it as JSON.
              </p>`
            : value === undefined
              ? html`<p class="muted">The JSON is no object yet: the form follows when it is.</p>`
              : html`<${SchemaForm}
                  schema=${known.schema}
                  value=${value}
                  change=${(next: unknown) => setText(textOf(next))}
                />`
        }
      </div>
    <//>
    <div class="stack">
      <${Card} title="As JSON">
        <div class="stack tight">
          <${Editor}
            id="event-json"
            label="The event as JSON"
            text=${text}
            places=${judging.isOld ? [] : (judging.judged?.places ?? [])}
            change=${setText}
            submit=${send}
          />
          <${Verdict} judging=${judging} />
          <div class="row">
            <button type="button" class="main" disabled=${!may || text.trim() === ''} onClick=${send}>
              Send it
            </button>
            ${!may && html`<span class="muted">Sending is switched off for this console.</span>`}
          </div>
        </div>
      <//>
      ${error && html`<${Problem} what="Sending" error=${error} />`}
      ${sent && html`<${SentCard} sent=${sent} />`}
    </div>
  </div>`
}

function SentCard({ sent: { status, answer } }: { sent: Sent }) {
  const isTaken = status < 300
  const ids = isTaken ? idsOf(answer) : []
  return html`<${Card}
    title="The gateway's answer"
    aside=${html`<${Chip} tone=${isTaken ? 'good' : 'bad'}>${status}<//>`}
  >
    <div class="stack tight" role="status">
      ${ids.map((id) => html`<p key=${id}><a class="button" href=${link('event', [id])}>Where is it now?</a></p>`)}
      <${Code} text=${JSON.stringify(answer)} label="the gateway's answer" />
    </div>
  <//>`
}

/** Ids of the messages that the gateway published; of many, the first one. */
function idsOf(answer: unknown): readonly string[] {
  const found =
    JSON.stringify(answer).match(/"message_id":"(\d+)"/) ??
    JSON.stringify(answer).match(/"message_?ids":\["(\d+)"/i)
  return found === null ? [] : [found[1]!]
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    // it is being typed
    return undefined
  }
}
