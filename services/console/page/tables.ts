import type { Tables } from './api-types.ts'
import { html, useState } from './lib.ts'
import { bytes, count, plural } from './format.ts'
import { Card, Chip, Empty, Loading, Page, Problem, Scroll, Time } from './parts.ts'
import { link } from './route.ts'
import { useLoad } from './use-load.ts'

type Row = Tables['tables'][number]

const KIND: Readonly<Record<Row['kind'], string>> = {
  events: 'Tables of events',
  view: 'Views',
  own: "Tablestream's own",
}

export function TablesPage() {
  const { data, error, reload } = useLoad<Tables>('tables')
  const [part, setPart] = useState('')
  const tables = data?.tables.filter(({ name }) => name.toLowerCase().includes(part.toLowerCase())) ?? []
  const filter =
    data !== undefined &&
    data.tables.length > 0 &&
    html`<label class="hidden" for="tables-part">Part of a name</label>
      <input
        id="tables-part"
        type="search"
        placeholder="Part of a name …"
        value=${part}
        onInput=${(event: InputEvent) => setPart((event.target as HTMLInputElement).value)}
      />`
  return html`<${Page}
    title="Tables"
    lead="Made from the events, with a column for each of their values."
    actions=${filter}
  >
    ${error && html`<${Problem} what="Loading the tables" error=${error} retry=${reload} />`}
    ${data === undefined && !error && html`<${Loading} what="the tables" />`}
    ${
      data?.tables.length === 0 &&
      html`<${Empty} title="No table yet"
        ><p>The first event of a type makes its table: <a href=${link('send')}>send one</a>.</p><//
      >`
    }
    ${data !== undefined && data.tables.length > 0 && tables.length === 0 && html`<${Empty} title=${`No name has ${part} in it`} />`}
    <div class="stack">
      ${(['events', 'view', 'own'] as const).map(
        (kind) =>
          html`<${Kind} key=${kind} kind=${kind} tables=${tables.filter((each) => each.kind === kind)} />`,
      )}
    </div>
  <//>`
}

function Kind({ kind, tables }: { kind: Row['kind']; tables: readonly Row[] }) {
  if (tables.length === 0) return null
  return html`<${Card}
    title=${KIND[kind]}
    flush
    aside=${plural(tables.length, kind === 'view' ? 'view' : 'table')}
  >
    <${Scroll} label=${KIND[kind]}>
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col" class="num">Rows</th>
            <th scope="col" class="num">Columns</th>
            <th scope="col" class="num">Size</th>
            <th scope="col">Made</th>
            <th scope="col">Last change</th>
          </tr>
        </thead>
        <tbody>
          ${tables.map(
            ({
              name,
              event_type: type,
              rows,
              bytes: size,
              columns,
              created_at: made,
              last_change: changed,
            }) =>
              html`<tr key=${name}>
                <th scope="row" class="name">
                  <a href=${link('tables', [name])}>${name}</a>
                  ${type !== undefined && type !== name && html`<${Chip}>${type}<//>`}
                </th>
                <td class="num">${count(rows)}</td>
                <td class="num">${count(columns)}</td>
                <td class="num">${bytes(rows && size === 0 ? null : size)}</td>
                <td class="nowrap"><${Time} at=${made} /></td>
                <td class="nowrap"><${Time} at=${changed} relative /></td>
              </tr>`,
          )}
        </tbody>
      </table>
    <//>
  <//>`
}
