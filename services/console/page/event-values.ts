import type { ValueEnd } from './api-types.ts'
import { html, useState } from './lib.ts'
import { plural } from './format.ts'
import { Card, Chip, Scroll, type Tone } from './parts.ts'

const END: Readonly<Record<ValueEnd['end'], readonly [Tone, string]>> = {
  column: ['good', 'column'],
  unmapped: ['warn', '_unmapped'],
  empty: ['quiet', 'says nothing'],
  envelope: ['quiet', 'envelope'],
  nowhere: ['bad', 'nowhere'],
}
const MOST = 200

/** Value by value: what was sent, where it is, and what stands there. */
export function EventValues({ values }: { values: readonly ValueEnd[] }) {
  const [only, setOnly] = useState('')
  const [all, showAll] = useState(false)
  const chosen = values.filter(
    ({ end, changed }) => only === '' || end === only || (only === 'changed' && changed),
  )
  const ends = [...new Set(values.map(({ end }) => end))]
  const filter = html`<label class="check"
    >Show
    <select value=${only} onChange=${(event: Event) => setOnly((event.target as HTMLSelectElement).value)}>
      <option value="">all ${values.length}</option>
      ${ends.map((end) => html`<option key=${end} value=${end}>${END[end]?.[1] ?? end}</option>`)}
      ${values.some(({ changed }) => changed) && html`<option value="changed">rewritten</option>`}
    </select>
  </label>`
  return html`<${Card} title="Value by value" flush aside=${filter}>
    <${Scroll} label="Values of the event">
      <table>
        <thead>
          <tr>
            <th scope="col">Path</th>
            <th scope="col">Sent</th>
            <th scope="col">Became</th>
            <th scope="col">Stored</th>
          </tr>
        </thead>
        <tbody>
          ${chosen.slice(0, all ? undefined : MOST).map((value) => html`<${Value} key=${value.path} value=${value} />`)}
        </tbody>
      </table>
    <//>
    ${
      chosen.length > MOST &&
      !all &&
      html`<p class="empty">
        <button type="button" onClick=${() => showAll(true)}>
          Show ${plural(chosen.length - MOST, 'more value')}
        </button>
      </p>`
    }
  <//>`
}

function Value({
  value: { path, value, end, column, column_type: type, stored, changed },
}: {
  value: ValueEnd
}) {
  const [tone, name] = END[end] ?? ['quiet', end]
  return html`<tr>
    <th scope="row" class="mono">${path === '' ? '/' : path}</th>
    <td><span class="value">${value}</span></td>
    <td>
      <${Chip} tone=${tone}>${name}<//>
      ${column !== undefined && html`<span class="mono">${column}</span> <span class="muted">${type}</span>`}
    </td>
    <td>
      ${
        stored === undefined
          ? html`<span class="muted">–</span>`
          : stored === value
            ? html`<span class="muted">the same</span>`
            : html`<span class="value">${stored}</span>`
      }
      ${changed && html` <${Chip} tone="warn">rewritten<//>`}
    </td>
  </tr>`
}
