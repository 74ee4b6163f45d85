import { change } from './api.ts'
import type { Faults } from './api-types.ts'
import { html, useState } from './lib.ts'
import { count } from './format.ts'
import { Card, Empty, Loading, numberField, Problem } from './parts.ts'
import { useLoad } from './use-load.ts'

interface Rule {
  readonly on: string
  readonly do: string
  readonly ms?: number
  readonly probability?: number
  readonly every?: number
  readonly at?: readonly number[]
}

/** What has to know how long it takes. */
const TIMED = new Set(['delay', 'reorder', 'late'])

/** Faults of local-cloud: what Google does on a bad day. */
export function Faulty() {
  const { data, error, reload } = useLoad<Faults>('faults')
  const [failed, setFailed] = useState<Error>()
  const put = (rules: readonly Rule[]) => {
    setFailed(undefined)
    change('PUT', 'faults', { rules }).then(reload, setFailed)
  }
  if (error)
    return html`<${Problem} what="Asking local-cloud for its faults" error=${error} retry=${reload} />`
  if (data === undefined) return html`<${Loading} what="the faults" />`
  const rules = data.plan.rules as unknown as Rule[]
  return html`<div class="stack">
    <p class="note">
      What Google does on a bad day, done by the local cloud. Nothing may get lost by it: look at
      <a href="#/reconcile">Reconcile</a>.
    </p>
    ${failed && html`<${Problem} what="Changing the faults" error=${failed} />`}
    <div class="two">
      <${Add} points=${data.points} add=${(rule: Rule) => put([...rules, rule])} />
      <${Card}
        title="Switched on"
        aside=${rules.length > 0 && html`<button type="button" class="small" onClick=${() => put([])}>All off</button>`}
      >
        ${
          rules.length === 0
            ? html`<${Empty} title="No fault is on" />`
            : html`<ul class="list">
                ${rules.map(
                  (rule, index) =>
                    html`<li key=${index}>
                      <span class="grow"
                        ><b class="mono">${rule.on}</b> ${rule.do}
                        <span class="muted">${when(rule)}</span></span
                      >
                      <button
                        type="button"
                        class="small"
                        aria-label=${`Switch off ${rule.on} ${rule.do}`}
                        onClick=${() => put(rules.toSpliced(index, 1))}
                      >
                        Off
                      </button>
                    </li>`,
                )}
              </ul>`
        }
        ${
          Object.keys(data.injected).length > 0 &&
          html`<dl class="pairs">
            ${Object.entries(data.injected).map(
              ([name, times]) =>
                html`<dt key=${name} class="mono">${name}</dt>
                  <dd>${count(times)} times</dd>`,
            )}
          </dl>`
        }
      <//>
    </div>
  </div>`
}

function when({ probability, every, at, ms }: Rule): string {
  const often =
    every !== undefined
      ? `every ${every} calls`
      : at !== undefined
        ? `at call ${at.join(', ')}`
        : `${Math.round((probability ?? 1) * 100)} % of the calls`
  return ms === undefined ? often : `${often}, ${String(ms)} ms`
}

function Add({ points, add }: { points: Faults['points']; add: (rule: Rule) => void }) {
  const [on, setOn] = useState(Object.keys(points)[0] ?? '')
  const [what, setWhat] = useState('')
  const [share, setShare] = useState('10')
  const [ms, setMs] = useState('500')
  const kinds = points[on] ?? []
  const kind = kinds.includes(what) ? what : (kinds[0] ?? '')
  const submit = (event: Event) => {
    event.preventDefault()
    add({ on, do: kind, probability: Number(share) / 100, ...(TIMED.has(kind) && { ms: Number(ms) }) })
  }
  const choice = (label: string, value: string, values: readonly string[], set: (text: string) => void) =>
    html`<label class="field"
      >${label}<select
        value=${value}
        onChange=${(event: Event) => set((event.target as HTMLSelectElement).value)}
      >
        ${values.map((each) => html`<option key=${each} value=${each}>${each}</option>`)}
      </select></label
    >`
  return html`<${Card} title="Switch one on">
    <form class="stack" onSubmit=${submit}>
      <div class="form">
        ${choice('Where', on, Object.keys(points), setOn)} ${choice('What', kind, kinds, setWhat)}
        ${numberField('Percent of the calls', share, setShare)}
        ${TIMED.has(kind) && numberField('Milliseconds', ms, setMs)}
      </div>
      <div class="row"><button class="main">Switch on</button></div>
    </form>
  <//>`
}
