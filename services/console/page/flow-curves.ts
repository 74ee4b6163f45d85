import { html, useMemo, useState } from './lib.ts'
import type { Flow } from './api-types.ts'
import { Chart } from './chart.ts'
import { bareRate, duration, plural, rate } from './format.ts'
import { Card } from './parts.ts'

/** A change of a table as a mark of a chart. */
const flagOf = ({ at, text }: Flow['marks'][number]) => ({ at: Date.parse(at) / 1000, text })

/** What comes and what becomes of it, in the last hour. */
export function Curves({ flow: { curves, marks } }: { flow: Flow }) {
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
        format=${bareRate}
      />
    <//>
  </div>`
}

/** How long events of a type took, with the changes of its table. */
export function Latency({ flow: { curves, tables, marks } }: { flow: Flow }) {
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
