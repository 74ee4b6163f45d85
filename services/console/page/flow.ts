import { html, useMemo, useState } from './lib.ts'
import type { Flow } from './api-types.ts'
import { Chart, Spark } from './chart.ts'
import { clock, count, duration, plural, rate } from './format.ts'
import { Card, Chip, Empty, Loading, Page, Problem, Scroll, Time } from './parts.ts'
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

/** A change of a table as a mark of a chart. */
const flagOf = ({ at, text }: Flow['marks'][number]) => ({ at: Date.parse(at) / 1000, text })

function Curves({ flow: { curves, marks } }: { flow: Flow }) {
  const flags = useMemo(() => marks.map(flagOf), [marks])
  const through = useMemo(
    () => [
      curves.acknowledged
        ? { name: 'acknowledged', values: curves.acknowledged, colour: 'accent', isFilled: true }
        : { name: 'landed', values: curves.landed, colour: 'accent', isFilled: true },
      { name: curves.acknowledged ? 'published' : 'received', values: curves.received, colour: 'muted' },
    ],
    [curves],
  )
  const aside = useMemo(
    () => [
      { name: 'duplicates/s', values: curves.duplicates, colour: 'accent' },
      { name: 'waiting', values: curves.waiting, colour: 'muted' },
      { name: 'dead letters/s', values: curves.dead_letters, colour: 'bad' },
    ],
    [curves],
  )
  return html`<div class="two wide-left">
    <${Card}
      title="Events a second"
      aside=${marks.length > 0 ? `▾ ${plural(marks.length, 'table change')}` : 'last hour'}
    >
      <${Chart}
        title="Events a second"
        times=${curves.times}
        lines=${through}
        marks=${flags}
        format=${rate}
      />
    <//>
    <${Card} title="Duplicates, dead letters, waiting">
      <${Chart}
        title="Duplicates, dead letters, waiting"
        times=${curves.times}
        lines=${aside}
        format=${plain}
      />
    <//>
  </div>`
}

/** How long events of a type took, with the changes of its table. */
function Latency({ flow: { curves, tables, marks } }: { flow: Flow }) {
  const names = Object.keys(curves.p50_by_table)
  const [chosen, choose] = useState<string>()
  const table = chosen !== undefined && names.includes(chosen) ? chosen : names[0]
  const flags = useMemo(() => marks.filter((mark) => mark.table === table).map(flagOf), [marks, table])
  const lines = useMemo(
    () =>
      table === undefined
        ? []
        : [
            { name: 'p50', values: curves.p50_by_table[table] ?? [], colour: 'accent' },
            { name: 'p99', values: curves.p99_by_table[table] ?? [], colour: 'muted' },
          ],
    [curves, table],
  )
  if (table === undefined) return null
  const typeOf = (name: string) => tables.find((each) => each.table === name)?.event_type ?? name
  const select = html`<label class="row"
    >Type
    <select value=${table} onChange=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
      ${names.map((name) => html`<option key=${name} value=${name}>${typeOf(name)}</option>`)}
    </select></label
  >`
  return html`<${Card} title="From publish to landed" aside=${select}>
    <${Chart}
      title=${`From publish to landed, ${typeOf(table)}`}
      times=${curves.times}
      lines=${lines}
      marks=${flags}
      format=${duration}
    />
  <//>`
}

const plain = (value: number | null | undefined) => (value == null ? '–' : rate(value).replace('/s', ''))

interface TypeRow {
  readonly type: string
  readonly table: string
  readonly ledger: NonNullable<Flow['ledger']>['types'][number] | undefined
  readonly live: Flow['tables'][number] | undefined
}

/** The ledger's types, and tables that the writers know and the ledger of the hour does not. */
function rowsOf({ ledger, tables }: Flow): TypeRow[] {
  const live = new Map(tables.map((each) => [each.table, each]))
  const known = (ledger?.types ?? []).map((each) => ({
    type: each.event_type,
    table: each.table,
    ledger: each,
    live: live.get(each.table),
  }))
  const seen = new Set(known.map(({ table }) => table))
  // what is no event at all has no table
  const others = tables.filter(({ table }) => table !== '' && !seen.has(table))
  return [
    ...known,
    ...others.map((each) => ({
      type: each.event_type ?? each.table,
      table: each.table,
      ledger: undefined,
      live: each,
    })),
  ]
}

function ByType({ flow }: { flow: Flow }) {
  return html`<${Card}
    title="By event type"
    flush
    aside=${flow.ledger && html`<span>ledger of the last hour, as of <${Time} at=${flow.ledger.ledger_at} /></span>`}
  >
    <${Scroll} label="Figures by event type">
      <table>
        <thead>
          <tr>
            <th scope="col">Type</th>
            <th scope="col" class="num">Published</th>
            <th scope="col" class="num">Landed</th>
            <th scope="col" class="num">Duplicates</th>
            <th scope="col" class="num">Dead letters</th>
            <th scope="col" class="num">Waiting</th>
            <th scope="col" class="num">Landed/s</th>
            <th scope="col" class="num">p50</th>
            <th scope="col" class="num">p99</th>
            <th scope="col">Last hour</th>
          </tr>
        </thead>
        <tbody>
          ${rowsOf(flow).map(
            ({ type, table, ledger, live }) =>
              html`<tr key=${`${type} ${table}`}>
                <th scope="row" class="name">
                  ${table === '' ? '(no type)' : html`<a href=${link('tables', [table])}>${type}</a>`}${type !== table && html` <span class="muted">→ ${table}</span>`}
                </th>
                <td class="num">${count(ledger?.published)}</td>
                <td class="num">${count(ledger?.landed)}</td>
                <td class="num">${count(ledger?.duplicates)}</td>
                <td class=${ledger?.dead_letters ? 'num bad' : 'num'}>${count(ledger?.dead_letters)}</td>
                <td class=${live?.waiting ? 'num warn' : 'num'}>${count(live?.waiting)}</td>
                <td class="num">${plain(live?.landed_rate)}</td>
                <td class="num">${duration(live?.p50_seconds)}</td>
                <td class="num">${duration(live?.p99_seconds)}</td>
                <td><${Spark} values=${flow.curves.landed_by_table[table]} /></td>
              </tr>`,
          )}
        </tbody>
      </table>
    <//>
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
