import { html } from './lib.ts'
import type { Flow } from './api-types.ts'
import { Spark } from './chart.ts'
import { bareRate, count, duration } from './format.ts'
import { Card, Scroll, Time } from './parts.ts'
import { link } from './route.ts'

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

export function ByType({ flow }: { flow: Flow }) {
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
                <td class="num">${bareRate(live?.landed_rate)}</td>
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
