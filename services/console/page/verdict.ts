import type { Judging } from './editor.ts'
import { Problems } from './event-story.ts'
import { html } from './lib.ts'
import { Chip, Problem } from './parts.ts'
import { link } from './route.ts'

/** What the gateway's judge says of the text in an editor. */
export function Verdict({ judging: { judged, error, isOld } }: { judging: Judging }) {
  if (error) return html`<${Problem} what="Judging the event" error=${error} />`
  if (judged === undefined) return html`<p class="muted" role="status">Judging …</p>`
  const isGood = judged.outcome === 'event'
  return html`<div class="stack tight" role="status" aria-busy=${isOld ? 'true' : 'false'}>
    <p>
      <${Chip} tone=${isGood ? 'good' : 'bad'}
        >${isGood ? 'would land' : `refused: ${judged.reason ?? ''}`}<//
      >
      ${' '}${
        isGood && judged.table !== undefined
          ? html`in <a href=${link('tables', [judged.table])}>${judged.table}</a>${
                judged.partition !== undefined &&
                html`<span class="muted">, partition ${judged.partition}</span>`
              }`
          : judged.problems.length === 0 && judged.message
      }
    </p>
    <${Problems} problems=${judged.problems} />
    ${isGood && judged.plan && html`<${Plan} plan=${judged.plan} />`}
  </div>`
}

function Plan({ plan }: { plan: NonNullable<NonNullable<Judging['judged']>['plan']> }) {
  const says = [
    ...(plan.action === 'create' ? ['The table is made for it.'] : []),
    ...(plan.action !== 'create' && plan.added.length > 0 ? [`It adds ${plan.added.join(', ')}.`] : []),
    ...plan.widened.map(
      ({ path, from_type: from, to_type: to }) => `${path} is widened from ${from} to ${to}.`,
    ),
    ...plan.conflicts.map(({ path, value }) => `${path} goes to _unmapped: ${value}`),
  ]
  if (says.length === 0) return null
  return html`<p class=${plan.conflicts.length > 0 ? 'note warn' : 'note'}>${says.join(' ')}</p>`
}
