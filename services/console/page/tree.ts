import { html } from './lib.ts'
import type { Field } from './api-types.ts'

/** JSON text of a value, and `null` as such. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null')

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** Parts of one value that are shown before a click shows them all. */
const MOST = 100

/** A value with what is in it, each level to be opened: the browser's own element, so the keyboard works. */
export function Tree({ value, name, open = true }: { value: unknown; name?: string; open?: boolean }) {
  const key = name === undefined ? '' : html`<span class="tree-key">${name}</span>`
  if (!isObject(value)) return html`<div class="tree-leaf">${key}<${Scalar} value=${value} /></div>`
  const entries = Array.isArray(value)
    ? value.map((each: unknown, index) => [String(index), each] as const)
    : Object.entries(value)
  const size = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`
  if (entries.length === 0) return html`<div class="tree-leaf">${key}<span class="muted">${size}</span></div>`
  return html`<details class="tree" open=${open}>
    <summary>${key}<span class="muted">${size}</span></summary>
    <div class="tree-in">
      ${entries.slice(0, MOST).map(([at, each]) => html`<${Tree} key=${at} name=${at} value=${each} open=${open} />`)}
      ${entries.length > MOST && html`<div class="muted">and ${entries.length - MOST} more</div>`}
    </div>
  </details>`
}

function Scalar({ value }: { value: unknown }) {
  if (value === null || value === undefined) return html`<span class="null">NULL</span>`
  const kind = typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'bool' : 'text'
  return html`<span class=${`value ${kind}`}>${textOf(value)}</span>`
}

const NUMBERS = new Set(['INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC'])

/** Rows as a table; what is nested in a cell can be opened. */
export function Grid({
  columns,
  rows,
  label,
}: {
  columns: readonly Field[]
  rows: readonly Record<string, unknown>[]
  label: string
}) {
  return html`<div class="scroll grid" role="region" tabindex="0" aria-label=${label}>
    <table>
      <thead>
        <tr>
          ${columns.map(
            ({ name, type, mode }) =>
              html`<th scope="col" key=${name} class=${isNumber(type, mode) ? 'num' : ''}>
                ${name}<span class="type">${mode === 'REPEATED' ? `ARRAY<${type}>` : type}</span>
              </th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row, index) =>
            html`<tr key=${index}>
              ${columns.map(
                ({ name, type, mode }) =>
                  html`<td key=${name} class=${isNumber(type, mode) ? 'num' : ''}>
                    <${Cell} value=${row[name]} />
                  </td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

const isNumber = (type: string, mode: string) => NUMBERS.has(type) && mode !== 'REPEATED'

/** Characters of a cell that are shown at once. */
const LONG = 160

function Cell({ value }: { value: unknown }) {
  if (isObject(value)) return html`<${Tree} value=${value} open=${false} />`
  const text = textOf(value)
  if (typeof value !== 'string' || text.length <= LONG) return html`<${Scalar} value=${value} />`
  return html`<details class="tree">
    <summary><span class="value text">${text.slice(0, LONG)} …</span></summary>
    <span class="value text">${text}</span>
  </details>`
}
