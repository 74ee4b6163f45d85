import { html } from './lib.ts'
import type { Flow } from './api-types.ts'
import { ByType } from './flow-by-type.ts'
import { Curves, Latency } from './flow-curves.ts'
import { clock, count, plural, rate } from './format.ts'
import { Card, Chip, Empty, Loading, Page, Problem, Time } from './parts.ts'
import { PipelinePicture } from './pipeline-picture.ts'
import { link } from './route.ts'
import { useFlow } from './use-flow.ts'

export function FlowPage() {
  const { flow, error, isLive, reload } = useFlow()
  const actions =
    flow !== undefined &&
    html`<span class=${isLive ? 'live muted' : 'live off muted'} role="status"
      >${isLive ? 'live' : `old: as of ${clock(flow.at)}`}</span
    >`
  return html`<${Page}
    title="Flow"
    lead="Every event has exactly one end: a row, a duplicate of one, or a dead letter."
    actions=${actions}
  >
    ${error !== undefined && html`<${Problem} what="Loading the flow" error=${error} retry=${reload} />`}
    ${flow === undefined ? error === undefined && html`<${Loading} what="the flow" />` : html`<${Flowing} flow=${flow} />`}
  <//>`
}

function Flowing({ flow }: { flow: Flow }) {
  const isNew = flow.now.received_total === 0 && (flow.ledger?.total.published ?? 0) === 0
  return html`<div class="stack">
    <${Tiles} flow=${flow} />
    <${Troubles} flow=${flow} />
    <${Card}
      title="Pipeline"
      aside=${flow.figures === 'monitoring' ? 'in the last hour' : 'since the services started'}
      ><${PipelinePicture} flow=${flow}
    /><//>
    ${isNew ? html`<${NothingYet} />` : html`<${Curves} flow=${flow} /><${Latency} flow=${flow} /><${ByType} flow=${flow} />`}
    <${Changes} flow=${flow} />
  </div>`
}

function Tiles({ flow: { ledger, now } }: { flow: Flow }) {
  const { published, landed, duplicates, dead_letters: dead, missing } = ledger?.total ?? {}
  // while events flow some are always on their way
  const isLate = missing !== undefined && missing > 0 && !now.received_rate
  // the ledger costs a query and is not made anew each second: the picture below it is ahead
  const until = ledger === undefined ? 'counting …' : `until ${clock(ledger.ledger_at)}`
  return html`<dl class="tiles" aria-label="The ledger of the last hour">
    <div class="tile">
      <dt>Published, last hour</dt>
      <dd>${count(published)} <span class="sub">${until}</span></dd>
    </div>
    <div class="tile">
      <dt>Landed</dt>
      <dd>${count(landed)} <span class="sub">${rate(now.landed_rate)}</span></dd>
    </div>
    <div class="tile">
      <dt>Duplicates</dt>
      <dd>${count(duplicates)}</dd>
    </div>
    <div class=${dead ? 'tile bad' : 'tile'}>
      <dt>Dead letters</dt>
      <dd><b>${count(dead)}</b></dd>
    </div>
    <div class=${now.waiting > 0 || isLate ? 'tile warn' : 'tile'}>
      <dt>Waiting</dt>
      <dd>
        <b>${count(now.waiting)}</b>
        ${missing ? html`<span class="sub">${count(missing)} without an end yet</span>` : ''}
      </dd>
    </div>
  </dl>`
}

function Troubles({ flow: { stuck, services } }: { flow: Flow }) {
  const down = services.filter(({ ok }) => !ok)
  if (stuck.length === 0 && down.length === 0) return null
  return html`<${Card} title="What is stuck">
    <ul class="list">
      ${stuck.map(
        ({ table, waiting, since }) =>
          html`<li key=${table}>
            <${Chip} tone="warn">waits<//> <a href=${link('tables', [table])}>${table}</a>
            <span
              >${plural(waiting, 'event')}, since <${Time} at=${since} /> (<${Time}
                at=${since}
                relative
              />)</span
            >
          </li>`,
      )}
      ${down.map(
        ({ name, problem }) =>
          html`<li key=${`service ${name}`}>
            <${Chip} tone="bad">no answer<//> <b>${name}</b> <span class="muted">${problem}</span>
          </li>`,
      )}
    </ul>
  <//>`
}

function NothingYet() {
  return html`<${Empty} title="Nothing published yet">
    <p>
      <a href=${link('send')}>Send an event</a>, or start the
      <a href=${link('send', [], { tab: 'generator' })}>generator</a>, and watch it here.
    </p>
  <//>`
}

const MOST_CHANGES = 8

function Changes({ flow: { marks } }: { flow: Flow }) {
  if (marks.length === 0) return null
  const newest = marks.toSorted((a, b) => b.at.localeCompare(a.at)).slice(0, MOST_CHANGES)
  return html`<${Card} title="Table changes of the last hour">
    <ul class="list">
      ${newest.map(
        ({ at, table, change, text }) =>
          html`<li key=${`${at} ${table}`}>
            <span class="muted"><${Time} at=${at} /></span> <a href=${link('tables', [table])}>${table}</a>
            <${Chip} tone=${change === 'created' ? 'good' : 'quiet'}>${change}<//> <span>${text}</span>
          </li>`,
      )}
    </ul>
  <//>`
}
