import type { FoundEvent } from './api-types.ts'
import { html, type ComponentChildren } from './lib.ts'
import { count, duration, plural } from './format.ts'
import { Chip, Time, type Tone } from './parts.ts'
import { link } from './route.ts'

type Message = FoundEvent['messages'][number]

const DOOR: Readonly<Record<Message['door'], string>> = {
  'event-gateway': 'event-gateway',
  'event-generator': 'event-generator',
  replay: 'replay of a dead letter',
  publisher: 'Pub/Sub itself',
}

const END: Readonly<Record<Message['end'], readonly [Tone, string]>> = {
  landed: ['good', 'landed'],
  duplicate: ['quiet', 'duplicate'],
  replaced: ['quiet', 'replaced by a newer one'],
  dead_letter: ['bad', 'dead letter'],
  underway: ['warn', 'under way'],
  waiting: ['warn', 'waiting'],
  missing: ['bad', 'missing'],
}

function EndChip({ end }: { end: Message['end'] }) {
  const [tone, text] = END[end] ?? ['quiet', end]
  return html`<${Chip} tone=${tone}>${text}<//>`
}

/** The way of one event, in the order of time. */
export function EventStory({ event }: { event: FoundEvent }) {
  const [first, ...again] = event.messages
  return html`<ol class="steps">
    ${
      first
        ? html`<${Published} message=${first} /><${JudgedStep} event=${event} />`
        : html`<${Step} title="Published" tone="warn"
            ><p class="muted">
              Its message is in the record no more: that is kept for some days. Its row is what is left.
            </p><//
          >`
    }
    ${event.destination && html`<${Planned} event=${event} />`}
    ${event.waited_for.map((each) => html`<${Waited} key=${each.changed_at} change=${each} />`)}
    <${End} event=${event} />
    ${again.length > 0 && html`<${Again} messages=${again} />`}
  </ol>`
}

function Step({
  title,
  after,
  tone = '',
  children,
}: {
  title: ComponentChildren
  after?: ComponentChildren
  tone?: string
  children?: ComponentChildren
}) {
  return html`<li class=${tone}>
    <div class="step-title">${title}${after && html`<span class="after">${after}</span>`}</div>
    ${children}
  </li>`
}

type Pair = readonly [string, ComponentChildren]

const Pairs = ({ of }: { of: readonly Pair[] }) =>
  html`<dl class="pairs">
    ${of.map(
      ([name, value]) =>
        html`<dt key=${name}>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`

function Published({ message }: { message: Message }) {
  const { door, by, message_id: id, publish_time: time, attributes } = message
  return html`<${Step} title="Published" after=${html`<${Time} at=${time} />`}>
    <${Pairs}
      of=${[
        ['door', DOOR[door] ?? door],
        ['by', by === '' ? 'nobody says' : by],
        ['message', html`<span class="mono">${id}</span>`],
      ]}
    />
    ${
      Object.keys(attributes).length > 0 &&
      html`<details class="tree">
        <summary><span class="muted">${plural(Object.keys(attributes).length, 'attribute')}</span></summary>
        <${Pairs} of=${Object.entries(attributes)} />
      </details>`
    }
  <//>`
}

function JudgedStep({ event: { judged } }: { event: FoundEvent }) {
  const by =
    judged.contract === undefined
      ? 'its type has no contract: inferred whole'
      : `by the contract of ${judged.contract}`
  if (judged.outcome === 'event') return html`<${Step} title="Judged: an event" after=${by} />`
  return html`<${Step}
    title=${`Judged: refused, ${judged.reason ?? 'without a reason'}`}
    after=${by}
    tone="bad"
  >
    ${judged.message !== undefined && judged.problems.length === 0 && html`<p>${judged.message}</p>`}
    <${Problems} problems=${judged.problems} />
  <//>`
}

export function Problems({ problems }: { problems: FoundEvent['judged']['problems'] }) {
  if (problems.length === 0) return null
  return html`<ul class="problems">
    ${problems.map(
      ({ path, rule, message, value }) =>
        html`<li key=${path + rule}>
          <code>${path === '' ? 'the event' : path}</code> ${message}
          <span class="muted">(${rule})</span
          >${value !== '' && html`<br /><span class="mono">${value}</span>`}
        </li>`,
    )}
  </ul>`
}

const ACTION = {
  fits: 'it fits as it is',
  create: 'it needs a new table',
  alter: 'it needs a change',
} as const

function Planned({ event: { destination, plan } }: { event: FoundEvent }) {
  const { table, partition, cluster_by: cluster } = destination!
  const title = html`<span>Goes to <a href=${link('tables', [table])}>${table}</a></span>`
  const pairs: Pair[] = [['partition', partition]]
  if (cluster.length > 0) pairs.push(['clustered by', cluster.join(', ')])
  if (plan !== undefined && plan.added.length > 0) pairs.push(['adds', plan.added.join(', ')])
  for (const { path, from_type: from, to_type: to } of plan?.widened ?? [])
    pairs.push(['widens', `${path}: ${from} → ${to}`])
  if (plan !== undefined && plan.relaxed.length > 0) pairs.push(['relaxes', plan.relaxed.join(', ')])
  for (const { path, reason, value } of plan?.conflicts ?? [])
    pairs.push(['does not fit', `${path}: ${reason}: ${value}`])
  return html`<${Step} title=${title} after=${plan && `the table of today: ${ACTION[plan.action]}`}
    ><${Pairs} of=${pairs}
  /><//>`
}

function Waited({ change }: { change: FoundEvent['waited_for'][number] }) {
  const { changed_at: time, columns, asked_by_it: asked, seconds_after_publish: seconds } = change
  const what = change.change === 'created' ? 'its table' : plural(columns.length, 'column')
  return html`<${Step} title=${`Waited for ${what}`} after=${html`<${Time} at=${time} />`} tone="warn">
    <${Pairs}
      of=${[
        ['columns', columns.join(', ') || '–'],
        ['asked for', asked ? 'by this event' : 'by another event'],
        ['there', `${duration(seconds)} after it was published`],
      ]}
    />
  <//>`
}

function End({ event }: { event: FoundEvent }) {
  const [row, ...extra] = event.rows
  const letter = event.dead_letter
  if (row !== undefined)
    return html`<${Step} title="Landed" after=${html`<${Time} at=${row.processed_timestamp} />`} tone="good">
      <${Pairs}
        of=${[
          [
            'table',
            html`<a href=${link('tables', [row.table])}>${row.table}</a>, partition ${row.partition}`,
          ],
          ['after', row.seconds === null ? 'an unknown time' : duration(row.seconds)],
        ]}
      />
      ${
        extra.length > 0 &&
        html`<p class="note warn">
          ${plural(extra.length, 'extra row')}: the view
          <span class="mono">${row.table}_deduplicated</span> shows one.
        </p>`
      }
    <//>`
  if (letter !== undefined)
    return html`<${Step}
      title=${`Dead letter: ${letter.reason}`}
      after=${html`<${Time} at=${letter.at} />`}
      tone="bad"
    >
      <${Pairs}
        of=${[
          ['path', html`<span class="mono">${letter.path === '' ? 'the event' : letter.path}</span>`],
          ['value', html`<span class="mono">${letter.value}</span>`],
          // what the judge says above is not said twice
          ...(letter.message === event.judged.message ? [] : [['why', letter.message] as const]),
        ]}
      />
      <p class="under">
        <a class="button" href=${link('dead-letters', [letter.dead_letter_id])}>Mend and replay it</a>
      </p>
    <//>`
  const ends = event.messages.map(({ end }) => end)
  if (ends.includes('underway'))
    return html`<${Step} title="Under way" tone="warn"
      ><p class="muted">Published less than two minutes ago; it has no end yet.</p><//
    >`
  if (ends.includes('replaced'))
    return html`<${Step} title="Replaced by a newer event of the same key" tone="good" />`
  const waiting = event.messages.find(({ end }) => end === 'waiting')
  if (waiting)
    return html`<${Step} title="Waiting" tone="warn"
      ><p>
        It has no end yet, and is most likely among those that wait: ${waiting.why}.
        <a href=${link('flow')}>Flow</a> tells what is stuck.
      </p><//
    >`
  if (ends.includes('missing'))
    return html`<${Step} title="Missing: no row and no dead letter" tone="bad"
      ><p>
        No figure of this console tells that messages of its kind wait.
        <a href=${link('flow')}>Flow</a> tells whether every service answers,
        <a href=${link('reconcile')}>Reconcile</a> what else is missing.
      </p><//
    >`
  return html`<${Step} title=${`End: ${ends[0] ?? 'unknown'}`} />`
}

const MOST_AGAIN = 10

function Again({ messages }: { messages: readonly Message[] }) {
  return html`<${Step}
    title=${`Published ${plural(messages.length, 'more time', 'more times')}`}
    after=${messages.length > MOST_AGAIN && `the first ${count(MOST_AGAIN)}`}
  >
    <ul class="list">
      ${messages.slice(0, MOST_AGAIN).map(
        ({ message_id: id, publish_time: time, end, door }) =>
          html`<li key=${id}>
            <${EndChip} end=${end} /><span class="mono">${id}</span>
            <span class="muted"><${Time} at=${time} />, ${DOOR[door] ?? door}</span>
          </li>`,
      )}
    </ul>
  <//>`
}
