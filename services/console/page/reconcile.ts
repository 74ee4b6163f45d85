import { at } from './api.ts'
import type { Reconcile } from './api-types.ts'
import { html, useState } from './lib.ts'
import { bytes, count, plural } from './format.ts'
import { Card, Chip, Empty, Loading, Page, Problem, Scroll, Time } from './parts.ts'
import { link } from './route.ts'
import { useLoad } from './use-load.ts'

const SPANS: Readonly<Record<string, string>> = {
  '1h': 'the last hour',
  '24h': 'the last day',
  '7d': 'the last 7 days',
}
type Account = Reconcile['accounts'][number]

/** The figures of the ledger, in its own order and words. */
const FIGURES = [
  ['published', 'Published'],
  ['landed', 'Landed'],
  ['duplicates', 'Duplicates'],
  ['replaced', 'Replaced'],
  ['dead_letters', 'Dead letters'],
  ['missing', 'Missing'],
  ['extra_rows', 'Extra rows'],
  ['collisions', 'Collisions'],
] as const
/** What somebody should look at. */
const BAD = new Set(['missing', 'collisions'])

export function ReconcilePage() {
  const [since, setSince] = useState('24h')
  const { data, error, isLoading, reload } = useLoad<Reconcile>(at(['reconcile'], { since }))
  const actions = html`<label class="hidden" for="since">Since</label>
    <select
      id="since"
      value=${since}
      onChange=${(event: Event) => setSince((event.target as HTMLSelectElement).value)}
    >
      ${Object.entries(SPANS).map(([span, name]) => html`<option key=${span} value=${span}>${name}</option>`)}
    </select>
    <button type="button" disabled=${isLoading} onClick=${reload}>
      ${isLoading ? 'Comparing …' : 'Compare again'}
    </button>`
  return html`<${Page}
    title="Reconcile"
    lead="What Pub/Sub took, beside the rows and the dead letters: joined message by message, in SQL."
    actions=${actions}
  >
    ${error && html`<${Problem} what="Comparing" error=${error} retry=${reload} />`}
    ${!data && !error && html`<${Loading} what="the ledger: it reads every message of the span" />`}
    ${
      data &&
      html`<div class="stack">
        <${Verdict} data=${data} /><${Accounts} data=${data} /><${Missing} data=${data} /><${Collisions}
          data=${data}
        />
      </div>`
    }
  <//>`
}

/** So long an event may be on its way, as the page Event has it. */
const UNDERWAY_MS = 120_000

function Verdict({ data }: { data: Reconcile }) {
  const { total, uncompared, at: time, bytes_read: read, accounts, missing } = data
  if (accounts.length === 0) return null
  const young = missing.filter(
    ({ publish_time: published }) => Date.parse(time) - Date.parse(published) < UNDERWAY_MS,
  )
  // of very many some are not named: then it is not known how old they are
  const underway = young.reduce((sum, { messages }) => sum + messages, 0)
  const isUnderway = underway > 0 && underway === total.missing
  const reasons = [
    ...(total.missing > 0 ? [`${plural(total.missing, 'message')} without an end.`] : []),
    ...(total.collisions > 0 ? [`${plural(total.collisions, 'id')} with two contents.`] : []),
    ...uncompared.map(({ messages, why }) => `${plural(messages, 'message')} not compared: ${why}.`),
  ]
  const isWell = total.missing === 0 && total.collisions === 0 && uncompared.length === 0
  const isSoon = isUnderway && total.collisions === 0 && uncompared.length === 0
  const ends = `each of ${plural(total.published - underway, 'message')} has its end`
  return html`<p class=${isWell || isSoon ? 'note' : 'note warn'} role="status">
    ${
      isWell
        ? html`<b>The sum comes out:</b> ${ends}.`
        : isSoon
          ? html`<b>The sum comes out so far:</b> ${ends}, and ${count(underway)} more, published in the last
              two minutes, may be on their way.`
          : html`<b>The sum does not come out.</b> ${reasons.join(' ')}`
    }
    ${' '}<span class="muted">As of <${Time} at=${time} />; ${bytes(read)} read.</span>
  </p>`
}

function Accounts({ data: { accounts, total } }: { data: Reconcile }) {
  if (accounts.length === 0)
    return html`<${Empty} title="Nothing was published in this time"
      ><p><a href=${link('send')}>Send an event</a>, or look at a longer time.</p><//
    >`
  const figures = (of: Reconcile['total']) =>
    FIGURES.map(
      ([name]) =>
        html`<td key=${name} class=${`num${BAD.has(name) && of[name] > 0 ? ' bad' : ''}`}>
          ${count(of[name])}
        </td>`,
    )
  return html`<${Card} title="By event type" flush>
    <${Scroll} label="The ledger by event type">
      <table>
        <thead>
          <tr>
            <th scope="col">Type</th>
            ${FIGURES.map(([name, title]) => html`<th scope="col" class="num" key=${name}>${title}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${accounts.map(
            (account: Account) =>
              html`<tr key=${account.event_type + account.table}>
                <th scope="row" class="name">
                  <${TypeName} account=${account} />
                </th>
                ${figures(account)}
              </tr>`,
          )}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Sum</th>
            ${figures(total)}
          </tr>
        </tfoot>
      </table>
    <//>
  <//>`
}

/** The type, and its table: by a link, where it has one. */
function TypeName({ account: { event_type: type, table } }: { account: Account }) {
  if (table === '') return type === '' ? '(no type)' : type
  const toTable = (text: string) => html`<a href=${link('tables', [table])}>${text}</a>`
  return type === table ? toTable(type) : html`${type} <span class="muted">→ ${toTable(table)}</span>`
}

function Missing({ data: { missing } }: { data: Reconcile }) {
  if (missing.length === 0) return null
  return html`<${Card} title="Without an end" flush aside=${plural(missing.length, 'event')}>
    <${Scroll} label="Events without an end">
      <table>
        <thead>
          <tr>
            <th scope="col">Id</th>
            <th scope="col">Type</th>
            <th scope="col">Source</th>
            <th scope="col" class="num">Messages</th>
            <th scope="col">Published</th>
          </tr>
        </thead>
        <tbody>
          ${missing.map(
            ({ event_type: type, event_id: id, source, messages, message_id: message, publish_time: time }) =>
              html`<tr key=${message}>
                <th scope="row">
                  <a class="mono" href=${link('event', [id === '' ? message : id])}
                    >${id === '' ? message : id}</a
                  >
                </th>
                <td>${type}</td>
                <td>${source === '' ? '–' : source}</td>
                <td class="num">${count(messages)}</td>
                <td class="nowrap"><${Time} at=${time} /></td>
              </tr>`,
          )}
        </tbody>
      </table>
    <//>
  <//>`
}

function Collisions({ data: { collisions } }: { data: Reconcile }) {
  if (collisions.length === 0) return null
  return html`<${Card} title="One id, different events">
    <ul class="list">
      ${collisions.map(
        ({ event_type: type, event_id: id, source, contents, messages }) =>
          html`<li key=${JSON.stringify([type, id, source])}>
            <${Chip} tone="bad">${plural(contents, 'content')}<//>
            <a class="mono" href=${link('event', [id])}>${id}</a> <span>${type}</span>
            <span class="muted">${source} · ${plural(messages, 'message')}</span>
          </li>`,
      )}
    </ul>
  <//>`
}
