import { at } from './api.ts'
import type { ColumnFigures, History, Rows, Table } from './api-types.ts'
import { html, useState } from './lib.ts'
import { bytes, count, percent, plural } from './format.ts'
import { Card, Chip, Empty, Loading, Page, Problem, Scroll, Tabs, Time, type Tone } from './parts.ts'
import { link } from './route.ts'
import { Grid, textOf, Tree } from './tree.ts'
import { useLoad } from './use-load.ts'

const TABS = [
  { id: 'columns', title: 'Columns' },
  { id: 'history', title: 'History' },
  { id: 'rows', title: 'Rows' },
]

export function TablePage({ name }: { name: string }) {
  const { data, error, reload } = useLoad<Table>(at(['tables', name]))
  const [tab, setTab] = useState('columns')
  const actions =
    data && html`<a class="button" href=${link('sql', [], { sql: data.sql })}>SELECT from it</a>`
  return html`<${Page}
    title=${name}
    lead=${html`<a href=${link('tables')}>Tables</a>${data && html` · ${told(data)}`}`}
    actions=${actions}
  >
    ${error && html`<${Problem} what=${`Loading the table ${name}`} error=${error} retry=${reload} />`}
    ${data === undefined && !error && html`<${Loading} what="the table" />`}
    ${
      data &&
      html`<${Tabs} tabs=${TABS} at=${tab} choose=${setTab} label=${`Parts of ${name}`} />
        <div role="tabpanel" aria-labelledby=${`tab-${tab}`}>
          ${
            tab === 'columns'
              ? html`<${Columns} table=${data} />`
              : tab === 'history'
                ? html`<${Changes} name=${name} />`
                : html`<${Sample} name=${name} />`
          }
        </div>`
    }
  <//>`
}

function told({ event_type: type, rows, partition_by: partition, cluster_by: cluster }: Table): string {
  const parts = [rows === null ? 'a view' : plural(rows, 'row')]
  if (type !== undefined) parts.push(`events of type ${type}`)
  if (partition !== undefined) parts.push(`a partition for each ${partition}`)
  if (cluster.length > 0) parts.push(`clustered by ${cluster.join(', ')}`)
  return parts.join(' · ')
}

const ORIGIN: Readonly<Record<string, readonly [Tone, string]>> = {
  contract: ['good', 'contract'],
  system: ['quiet', 'every table'],
  inferred: ['warn', 'inferred'],
}

function Columns({ table }: { table: Table }) {
  const figures = useLoad<ColumnFigures>(at(['tables', table.name, 'columns'], { days: 7 }))
  const first = table.columns
    .map(({ since }) => since ?? '')
    .filter((since) => since !== '')
    .toSorted()[0]
  const of = new Map(figures.data?.columns.map((each) => [each.path, each]))
  const aside = figures.error
    ? html`<span role="alert">null rates failed: ${figures.error.message}</span>`
    : figures.data
      ? html`<span
          >${plural(figures.data.rows, 'row')} of the last 7 days; freshest
          <${Time} at=${figures.data.freshest}
        /></span>`
      : 'counting values …'
  return html`<${Card} title=${plural(table.columns.length, 'column')} flush aside=${aside}>
    <${Scroll} label=${`Columns of ${table.name}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col">Type</th>
            <th scope="col">From</th>
            <th scope="col">Since</th>
            <th scope="col">Asked for by</th>
            <th scope="col" class="num">NULL</th>
            <th scope="col" class="num">Distinct</th>
          </tr>
        </thead>
        <tbody>
          ${table.columns.map(
            (column) =>
              html`<${Column}
                key=${column.path}
                column=${column}
                figures=${of.get(column.path)}
                isFirst=${column.since === first}
              />`,
          )}
        </tbody>
      </table>
    <//>
  <//>`
}

function Column({
  column,
  figures,
  isFirst,
}: {
  column: Table['columns'][number]
  figures: ColumnFigures['columns'][number] | undefined
  /** The table was made with it. */
  isFirst: boolean
}) {
  const { path, type, mode, description, since, asked_by: asked, origin } = column
  const names = path.split('.')
  const [tone, from] = ORIGIN[origin] ?? ['quiet', origin]
  return html`<tr>
    <th scope="row" class="name mono">
      ${names.length > 1 && html`<span class="muted">${names.slice(0, -1).join('.')}.</span>`}${names.at(-1)}
    </th>
    <td class="nowrap">
      <span class="mono">${type}</span
      >${mode !== 'NULLABLE' && html` <span class="muted">${mode.toLowerCase()}</span>`}
    </td>
    <td>
      <span title=${description}><${Chip} tone=${tone}>${from}<//></span>
    </td>
    <td class="nowrap">
      ${since === null ? html`<span class="muted">the beginning</span>` : html`<${Time} at=${since} />`}
    </td>
    <td><${Askers} ids=${asked} isFirst=${isFirst} /></td>
    <td class="num">${percent(figures?.null_rate)}</td>
    <td class="num">${count(figures?.distinct)}</td>
  </tr>`
}

const MOST_ASKERS = 3

/** Events that asked for a column; those that the table was made with have one that is told in words. */
function Askers({ ids, isFirst }: { ids: readonly string[]; isFirst: boolean }) {
  if (ids.length === 0) return html`<span class="muted">–</span>`
  if (isFirst) return html`<a href=${link('event', [ids[0]!])}>the first event</a>`
  return html`
    ${ids.slice(0, MOST_ASKERS).map((id) => html`<a key=${id} class="mono" href=${link('event', [id])}>${id}</a> `)}
    ${ids.length > MOST_ASKERS && html`<span class="muted">and ${ids.length - MOST_ASKERS} more</span>`}
  `
}

function Changes({ name }: { name: string }) {
  const { data, error, reload } = useLoad<History>(at(['tables', name, 'history']))
  if (error) return html`<${Problem} what="Loading the history" error=${error} retry=${reload} />`
  if (data === undefined) return html`<${Loading} what="the history" />`
  if (data.changes.length === 0)
    return html`<${Empty} title="No change is known"
      ><p>
        Tablestream writes down each table that it makes and each column that it adds. This one it did not
        touch.
      </p><//
    >`
  return html`<${Card}>
    <ol class="steps">
      ${data.changes.map(
        ({ change_id: id, changed_at: time, change, event_ids: ids, lines }) =>
          html`<li key=${id} class=${change === 'created' ? 'good' : ''}>
            <div class="step-title">
              ${change === 'created' ? 'Created' : 'Altered'}<span class="after"><${Time} at=${time} /></span>
            </div>
            ${
              ids.length > 0 &&
              html`<p class="muted">
                asked for by
                ${ids
                  .slice(0, 5)
                  .map(
                    (event) =>
                      html`<a key=${event} class="mono" href=${link('event', [event])}>${event}</a> `,
                  )}${ids.length > 5 && `and ${ids.length - 5} more`}
              </p>`
            }
            <div class="diff" role="region" tabindex="0" aria-label="What changed">
              ${lines.map(
                (line, index) =>
                  html`<div
                    key=${index}
                    class=${line.startsWith('+') ? 'add' : line.startsWith('-') ? 'del' : ''}
                  >
                    ${line}
                  </div>`,
              )}
            </div>
          </li>`,
      )}
    </ol>
  <//>`
}

function Sample({ name }: { name: string }) {
  const { data, error, reload } = useLoad<Rows>(at(['tables', name, 'rows'], { limit: 20 }))
  const [asTree, setTree] = useState(true)
  if (error) return html`<${Problem} what="Loading rows" error=${error} retry=${reload} />`
  if (data === undefined) return html`<${Loading} what="the freshest rows" />`
  if (data.rows.length === 0)
    return html`<${Empty} title="No row yet"
      ><p>Rows are here a moment after their events were published.</p><//
    >`
  const aside = html`<label class="check"
      ><input type="checkbox" checked=${asTree} onChange=${() => setTree(!asTree)} /> as trees</label
    ><span>${bytes(data.bytes_read)} read</span><a href=${link('sql', [], { sql: data.sql })}>SELECT them</a>`
  return html`<${Card}
    title=${`The freshest ${plural(data.rows.length, 'row')}`}
    aside=${aside}
    flush=${!asTree}
  >
    ${
      asTree
        ? data.rows.map(
            (row, index) =>
              html`<${Tree} key=${index} name=${titleOf(row)} value=${row} open=${index === 0} />`,
          )
        : html`<${Grid} label="The freshest rows" columns=${data.columns} rows=${data.rows} />`
    }
  <//>`
}

const titleOf = (row: Readonly<Record<string, unknown>>): string => textOf(row['event_id'] ?? 'row')
