import { ask, at } from './api.ts'
import type { EventAnswer, FoundEvent } from './api-types.ts'
import { html, useEffect, useState } from './lib.ts'
import { bytes, duration, plural } from './format.ts'
import { Card, Code, Empty, Loading, Page, Problem, Time } from './parts.ts'
import { EventStory } from './event-story.ts'
import { EventValues } from './event-values.ts'
import { Grid, Tree } from './tree.ts'
import { go, link } from './route.ts'
import { useLoad } from './use-load.ts'

const DAY_MS = 86_400_000

/** What became of an event: by its id in the address, or by the event itself. */
export function EventPage({ id }: { id: string | undefined }) {
  const [since, setSince] = useState<string>()
  const found = useLoad<EventAnswer>(id === undefined ? undefined : at(['events', id], { since }))
  const [pasted, setPasted] = useState<EventAnswer>()
  const answer = pasted ?? found.data
  const lead =
    id === undefined
      ? 'What became of it, in steps, and value by value.'
      : html`id <span class="mono">${id}</span>`
  return html`<${Page} title="Where is my event?" lead=${lead}>
    <div class="stack">
      ${(id === undefined || found.error) && html`<${Ask} id=${id ?? ''} found=${setPasted} />`}
      ${found.isLoading && html`<${Loading} what="the event" />`}
      ${found.error && html`<${NotFound} id=${id!} error=${found.error} retry=${found.reload} lookBack=${setSince} />`}
      ${answer?.events.map(
        (event) =>
          html`<${OneEvent}
            key=${[event.event_type, event.source, event.messages[0]?.message_id, event.rows[0]?.partition].join(' ')}
            event=${event}
            isOne=${answer.events.length === 1}
          />`,
      )}
      ${
        answer &&
        html`<p class="muted">
          Found by ${answer.found_by.replace('_', ' ')} in ${duration(answer.milliseconds / 1000)}; BigQuery
          read ${bytes(answer.bytes_read)}. Other messages of it were looked for from
          <${Time} at=${answer.looked_from} /> until <${Time} at=${answer.looked_until} />.
          ${answer.is_cut && html`<b>There is more than is told here: it is larger than 100 MB.</b>`}
        </p>`
      }
    </div>
  <//>`
}

interface NotFoundProps {
  readonly id: string
  readonly error: Error & { code?: string }
  readonly retry: () => void
  /** @param since RFC 3339 */
  readonly lookBack: (since: string) => void
}

const LOOK_BACK_DAYS = [7, 31]

function NotFound({ id, error, retry, lookBack }: NotFoundProps) {
  if (error.code !== 'NO_SUCH_EVENT')
    return html`<${Problem} what="Looking for the event" error=${error} retry=${retry} />`
  return html`<${Empty} title=${`No event ${id}`}>
    <p>${error.message}</p>
    <p>It may be on its way: <button type="button" class="small" onClick=${retry}>Look again</button></p>
    <p>
      It may be older, and BigQuery bills what it reads:
      ${LOOK_BACK_DAYS.map(
        (days) =>
          html`<button
              type="button"
              class="small"
              key=${days}
              onClick=${() => lookBack(new Date(Date.now() - days * DAY_MS).toISOString())}
            >
              Look ${days} days back</button
            >${' '}`,
      )}
    </p>
  <//>`
}

function Ask({ id, found }: { id: string; found: (answer: EventAnswer | undefined) => void }) {
  const [typed, setTyped] = useState(id)
  const [text, setText] = useState('')
  const [error, setError] = useState<Error>()
  const [isBusy, setBusy] = useState(false)
  useEffect(() => setTyped(id), [id])
  const byId = (event: Event) => {
    event.preventDefault()
    if (typed.trim() !== '') go('event', [typed.trim()])
  }
  const byText = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setError(undefined)
    found(undefined)
    try {
      found(await ask<EventAnswer>('events/find', { text }))
    } catch (reason) {
      setError(reason as Error)
    }
    setBusy(false)
  }
  return html`<div class="two">
    <${Card} title="By id">
      <form class="stack tight" onSubmit=${byId}>
        <label for="event-id">Event id or message id</label>
        <div class="row">
          <input
            id="event-id"
            class="grow mono"
            autocomplete="off"
            spellcheck=${false}
            value=${typed}
            onInput=${(event: InputEvent) => setTyped((event.target as HTMLInputElement).value)}
          />
          <button class="main" disabled=${typed.trim() === ''}>Find</button>
        </div>
        <p class="muted">
          The id that your service gave it, or what Pub/Sub answered when it was published. No event yet?
          <a href=${link('send')}>Send one</a>.
        </p>
      </form>
    <//>
    <${Card} title="By the event itself">
      <form class="stack tight" onSubmit=${byText}>
        <label for="event-text">The event as it was sent</label>
        <textarea
          id="event-text"
          class="code-text"
          rows="5"
          spellcheck=${false}
          placeholder='{"order_id":"7", …}'
          value=${text}
          onInput=${(event: InputEvent) => setText((event.target as HTMLTextAreaElement).value)}
        ></textarea>
        <div class="row"><button class="main" disabled=${isBusy || text.trim() === ''}>Find</button></div>
        ${error && html`<${Problem} what="Looking for the event" error=${error} />`}
      </form>
    <//>
  </div>`
}

function OneEvent({ event, isOne }: { event: FoundEvent; isOne: boolean }) {
  const [first] = event.messages
  return html`<div class="stack">
    ${!isOne && html`<h2>${event.event_type} from ${event.source === '' ? 'no source' : event.source}</h2>`}
    <div class="two">
      <${Card} title="What happened"><${EventStory} event=${event} /><//>
      <div class="stack">
        <${Rows} event=${event} />
        ${
          first &&
          html`<${Card} title="As it was sent" aside=${bytes(first.bytes)}>
            <${Code} text=${first.text} label="the event" />
            ${first.is_cut && html`<p class="muted">Only the beginning is shown.</p>`}
          <//>`
        }
      </div>
    </div>
    ${event.values.length > 0 && html`<${EventValues} values=${event.values} />`}
  </div>`
}

function Rows({ event: { rows, sql } }: { event: FoundEvent }) {
  if (rows.length === 0) return null
  const aside = html`${rows.length > 1 && plural(rows.length, 'row')}
  ${sql !== undefined && html`<a href=${link('sql', [], { sql })}>SELECT it</a>`}`
  return html`<${Card} title=${rows.length === 1 ? 'Its row' : 'Its rows'} aside=${aside}>
    ${
      rows.length === 1
        ? html`<div class="plain">
            ${Object.entries(rows[0]!.row).map(
              ([name, value]) => html`<${Tree} key=${name} name=${name} value=${value} />`,
            )}
          </div>`
        : html`<${Grid} label="Its rows" columns=${rows[0]!.columns} rows=${rows.map(({ row }) => row)} />`
    }
  <//>`
}
