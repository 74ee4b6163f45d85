import { at } from './api.ts'
import type { DeadLetterDetail, Session } from './api-types.ts'
import { Editor, MarkedText, useJudge } from './editor.ts'
import { html, useState } from './lib.ts'
import { bytes, plural } from './format.ts'
import { Card, Chip, Copy, Loading, Page, Problem, Time } from './parts.ts'
import { ReplayBar, useReplay } from './replay.ts'
import { link } from './route.ts'
import { useLoad } from './use-load.ts'
import { Verdict } from './verdict.ts'

export function DeadLetterPage({ id }: { id: string }) {
  const { data, error, reload } = useLoad<DeadLetterDetail>(at(['dead-letters', id]))
  return html`<${Page}
    title=${data ? `Dead letter: ${data.reason}` : 'Dead letter'}
    lead=${html`<a href=${link('dead-letters')}>Dead letters</a>${data && html` · ${data.message}`}`}
  >
    ${error && html`<${Problem} what="Loading the dead letter" error=${error} retry=${reload} />`}
    ${!data && !error && html`<${Loading} what="the dead letter" />`}
    ${data && html`<${Letter} letter=${data} reload=${reload} key=${id} />`}
  <//>`
}

function Letter({ letter, reload }: { letter: DeadLetterDetail; reload: () => void }) {
  const who = useLoad<Session>('session')
  const replaying = useReplay(reload)
  const [text, setText] = useState(letter.text)
  const judging = useJudge(text, { attributes: letter.attributes })
  const wouldLand = judging.judged?.outcome === 'event' && !judging.isOld
  const isMended = text !== letter.text
  const may = who.data?.may.replay ?? false
  const { isBusy } = replaying
  const replay = () => {
    if (!may || isBusy || letter.is_cut) return
    replaying.start(
      isMended
        ? { id: letter.dead_letter_id, text }
        : { filters: { replayed: true }, ids: [letter.dead_letter_id] },
    )
  }
  return html`<div class="stack">
    <div class="two">
      <${Card}
        title="As it came"
        aside=${html`${bytes(letter.bytes)} <${Copy} text=${letter.text} label="the event" />`}
      >
        <div class="code">
          <pre
            tabindex="0"
            role="region"
            aria-label="The original event, wrong places marked"
          ><code><${MarkedText} text=${letter.text} places=${letter.places} /></code></pre>
        </div>
        ${letter.is_cut && html`<p class="muted">Only the first MiB is shown: it cannot be mended here.</p>`}
        <${Facts} letter=${letter} />
      <//>
      <${Card}
        title="Mend it"
        aside=${isMended && html`<button type="button" class="small" onClick=${() => setText(letter.text)}>As it came</button>`}
      >
        <div class="stack tight">
          <${Editor}
            id="mend"
            label="The event, to be mended"
            text=${text}
            places=${judging.isOld ? [] : (judging.judged?.places ?? [])}
            change=${setText}
            submit=${replay}
          />
          <${Verdict} judging=${judging} />
          <div class="row">
            <button
              type="button"
              class=${wouldLand ? 'main' : ''}
              disabled=${!may || isBusy || letter.is_cut}
              onClick=${replay}
            >
              ${isMended ? 'Replay the mended event' : 'Replay as it came'}
            </button>
            ${!may && html`<span class="muted">Replaying is switched off for this console.</span>`}
          </div>
        </div>
      <//>
    </div>
    <${ReplayBar} replaying=${replaying} />
  </div>`
}

function Facts({ letter }: { letter: DeadLetterDetail }) {
  const {
    path,
    value,
    message_id: id,
    at: time,
    publish_time: published,
    attempt,
    parts,
    event_type: type,
    attributes,
    replays,
  } = letter
  return html`<dl class="pairs">
    <dt>path</dt>
    <dd class="mono">${path === '' ? 'the event as a whole' : path}</dd>
    ${
      value !== '' &&
      html`<dt>value</dt>
        <dd class="mono">${value}</dd>`
    }
    <dt>type</dt>
    <dd>${type === '' ? '–' : type}</dd>
    <dt>published</dt>
    <dd><${Time} at=${published} /></dd>
    <dt>given up</dt>
    <dd>
      <${Time} at=${time} />${attempt !== null && html` <span class="muted">in delivery ${attempt}</span>`}
    </dd>
    ${
      id !== '' &&
      html`<dt>message</dt>
        <dd><a class="mono" href=${link('event', [id])}>${id}</a></dd>`
    }
    ${
      parts > 1 &&
      html`<dt>parts</dt>
        <dd>${parts}</dd>`
    }
    ${Object.entries(attributes).map(
      ([name, text]) =>
        html`<dt key=${name} class="mono">${name}</dt>
          <dd class="mono">${text}</dd>`,
    )}
    ${
      replays.length > 0 &&
      html`<dt><${Chip} tone="good">replayed<//></dt>
        <dd>
          ${plural(replays.length, 'time')}:
          ${replays.map(
            (each) =>
              html`<a key=${each.message_id} class="mono" href=${link('event', [each.message_id])}
                >${each.message_id}</a
              > `,
          )}
        </dd>`
    }
  </dl>`
}
